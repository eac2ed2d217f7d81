"""Restarts under load: how many requests fail, and how late the slowest is."""

from __future__ import annotations

import functools
import json
import signal
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import peers
from benchmarks.load import Wrk, clients_at_work
from benchmarks.peers import GRANIAN_2, GTHREAD, HOST, UNCORK, UNCORK_2, WAITRESS, PeerError
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.figures import Results

_STEADY_CLIENTS = 8
_STEADY_PAUSE = 0.01
_WRK_CONNECTIONS = 4
_APART = 1.2
"""Seconds between two reloads: each is over by then."""
_CALM = 1.5
"""Seconds for which nothing restarts, to see how late the slowest request usually is."""


ENOUGH = 50_000
"""Requests that are asked while a server of uncork's restarts: the goal's number."""
_MANY = 10


@dataclass(frozen=True)
class Restart:
    """A server and how it is restarted.

    Args:
        peer: the server's name.
        how: in tables.
        reload: by SIGHUP; else it is stopped and started.
        held: its socket is held meanwhile, as a service manager holds it.
        own: one of uncork's, which has goals and gets more requests.
    """

    peer: str
    how: str
    reload: bool = False
    held: bool = False
    own: bool = False

    @property
    def name(self) -> str:
        """In tables."""
        return f"{self.peer}, {self.how}"


RESTARTS = (
    Restart(WAITRESS, "stopped and started"),
    Restart(GTHREAD, "SIGHUP", reload=True),
    Restart(GRANIAN_2, "SIGHUP", reload=True),
    Restart(UNCORK, "restarted on a held socket", held=True, own=True),
    Restart(UNCORK_2, "SIGHUP", reload=True, own=True),
)


def restart_all(bench: peers.Bench, results: Results, *, times: int, pace: float) -> None:
    """Restart each server, so many times uncork's own and a few times the others.

    Args:
        bench: starts them.
        results: gets ``restarts``, ``asked``, ``failed``, ``slowest``, ``usual`` and ``later``.
        times: of uncork's own.
        pace: how long the pauses are, 1 for `_APART` and `_CALM`.
    """
    known = {peer.name: peer for peer in peers.all_peers(bench, quiet=True)}
    for restart in RESTARTS:
        if restart.peer not in known:
            results.failed(restart.name, "left out, it is not here")
            continue
        count = times if restart.own else min(3, times)
        try:
            _restart(bench, known[restart.peer], restart, results, count, pace)
        except PeerError as error:
            results.failed(restart.name, str(error))


def _restart(
    bench: peers.Bench,
    peer: peers.Peer,
    restart: Restart,
    results: Results,
    count: int,
    pace: float,
) -> None:
    with _Restarted(bench, peer, restart, pace) as server:
        usual = server.while_asked(lambda: time.sleep(_CALM * pace))["slowest"]
        slowest = server.while_asked(lambda: server.restart(min(3, count)))
        done = asked = failed = 0
        # On a busy machine ten restarts see fewer requests than are to be asked.
        while done < count or (count == _MANY and asked < ENOUGH and done < 3 * count):
            wrk = Wrk(server.running.url, _WRK_CONNECTIONS, bench.folder)
            under_load = server.while_asked(functools.partial(server.restart, count))
            load = wrk.stop()
            done += count
            asked += int(under_load["requests"]) + load.requests + load.errors
            failed += int(under_load["failed"]) + load.errors
    found = {
        "restarts": done,
        "asked": asked + int(slowest["requests"]),
        "failed": failed + int(slowest["failed"]),
        "slowest": slowest["slowest"],
        "usual": usual,
        "later": slowest["slowest"] - usual,
    }
    for figure, value in found.items():
        results.add(restart.name, figure, value)


class _Restarted:
    """A server that is restarted on one port; a context manager.

    Args:
        bench: starts it.
        peer: the server.
        restart: how.
        pace: how long it pauses.
    """

    def __init__(self, bench: peers.Bench, peer: peers.Peer, restart: Restart, pace: float) -> None:
        self._pace = pace
        self._bench = bench
        self._peer = peer
        self._how = restart
        self._held = socket.create_server((HOST, 0), backlog=1024) if restart.held else None
        port = self._held.getsockname()[1] if self._held else free_port()
        self.running = self._launch(port)

    def __enter__(self) -> _Restarted:  # noqa: PYI034 - Python 3.10 has no Self
        self.running.wait_until_it_answers()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.running.stop()
        if self._held is not None:
            self._held.close()

    def _launch(self, port: int) -> peers.Running:
        return self._bench.launch(self._peer, port, held=self._held)

    def restart(self, times: int) -> None:
        """Restart it so many times.

        Raises:
            PeerError: it did not come back.
        """
        for _ in range(times):
            time.sleep(_APART * self._pace)
            if self._how.reload:
                self.running.process.send_signal(signal.SIGHUP)
                continue
            self.running.stop()
            self.running = self._launch(self.running.port)
            self.running.wait_until_it_answers()
        time.sleep(_APART * self._pace)

    def while_asked(self, call: Callable[[], None]) -> dict[str, float]:
        """Do something while clients ask; what they tell."""
        words = ("steady", self.running.port, _STEADY_CLIENTS, _STEADY_PAUSE)
        with clients_at_work(*words) as asking:
            call()
            out, _ = asking.communicate(timeout=peers.PATIENCE * 3)
        found: dict[str, float] = json.loads(out.splitlines()[-1])
        return found
