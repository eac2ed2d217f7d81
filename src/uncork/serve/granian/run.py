"""``--server granian``: an import string on granian, in the app's own interpreter.

granian (https://github.com/emmett-framework/granian) is a server written in
Rust. Its first process does nothing but watch the others, and is this one.
Read in 2.8's server/common.py and server/mp.py:

- `startup` sets the signal handlers, then calls the ``on_startup`` hooks, then
  starts the workers; SIGTERM sets `interrupt_signal`, and `shutdown` lets each
  worker finish for ``workers_kill_timeout`` seconds.
- a worker's process calls ``target_loader()`` and then serves; it is forked where
  that is multiprocessing's own way, else the loader is pickled.
- on Linux each worker binds the address itself, with SO_REUSEPORT: so port 0 would
  be another port in each, and a socket of systemd's can't be handed on.
- `_reload` (SIGHUP) stops each old worker some seconds after a new one was started,
  whether that serves or not.
- multiprocessing's processes end without atexit, and outlive a killed parent.
"""

from __future__ import annotations

import contextlib
import importlib.util
import math
import os
import re
import select
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from uncork.errors import DeclinedError, UncorkError
from uncork.serve.addresses import SHARED_MODE
from uncork.serve.granian.log import ACCESS_FORMAT, log_settings
from uncork.serve.granian.worker import FAILED, load
from uncork.serve.listen import Listener, bind_all, choose_addresses, tell_elsewhere
from uncork.serve.logs import say, tell
from uncork.serve.notify import ready, stopping
from uncork.serve.options import (
    ACCESS_JSON,
    ACCESS_OFF,
    AUTO,
    DEFAULT_DRAIN_TIMEOUT,
    DEFAULT_HEADER_TIMEOUT,
    DEFAULT_THREADS,
)
from uncork.serve.processes.cpus import usable_cpus
from uncork.serve.processes.reports import READY, Reports
from uncork.serve.processes.terminal import Terminal
from uncork.serve.server import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uncork.serve.notify import Watchdog
    from uncork.serve.options import ServeOptions
    from uncork.serve.provide import Waitress

OLDEST = (2, 6)
"""The first with ``uds_permissions``; its tests pass as do 2.8's."""
_SIGNAL = "signal"
_ANSWERED_WITHOUT_THE_APP = b"?\r\n\r\n"
"""No request line: granian says 400 by itself, and logs nothing."""
_LONGEST_HEADER_TIMEOUT = 60.0
"""What granian takes at most: its cli.py, --http1-header-read-timeout."""
_SHORT = 0.02
_PATIENCE = 1.0
_BEHIND_DRAIN = 10.0


def serve_granian(
    target: str,
    options: ServeOptions,
    waitress: Waitress,
    inherited: Sequence[Listener],
    watchdog: Watchdog,
) -> NoReturn:
    """Serve an import string with granian, and exit.

    Args:
        target: the import string.
        options: with ``server``.
        waitress: part of a `Runner`, and not used.
        inherited: systemd's sockets.
        watchdog: the service manager's.
    """
    try:
        version = _need_granian()
        address = _address(options, inherited)
    except UncorkError as error:
        say(error)
        sys.exit(error.status)
    for line in _not_honoured(options):
        tell(line)
    sys.exit(_Run(target, options, waitress, address, watchdog, version).serve())


def _need_granian() -> str:
    install = f"{sys.executable} -m pip install"
    if importlib.util.find_spec("granian") is None:
        raise DeclinedError(
            f"--server granian: {sys.executable} can't import granian",
            hint=f"{install} granian",
        )
    from granian import __version__  # noqa: PLC0415

    if tuple(map(int, re.findall(r"\d+", __version__)[:2])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise DeclinedError(
            f"--server granian needs granian {oldest} or newer, and {sys.executable} has "
            f"{__version__}",
            hint=f"{install} 'granian>={oldest}'",
        )
    return str(__version__)


def _address(options: ServeOptions, inherited: Sequence[Listener]) -> Listener:
    """Where granian will listen: bound here once, to learn the port or why it can't be had.

    Raises:
        DeclinedError: granian can't listen there.
        SystemRefusedError: nobody can.
    """
    if inherited:
        raise DeclinedError(
            "granian can't take a socket from systemd (LISTEN_FDS): nobody would answer on it",
            hint="leave --server out, or remove the .socket unit",
        )
    addresses = choose_addresses((), options)
    if len(addresses) > 1:
        raise DeclinedError(
            f"granian listens on one address, and {len(addresses)} are named: "
            f"{', '.join(map(str, addresses))}",
            hint="name one of them, or leave --server out",
        )
    return bind_all(addresses)[0]


def _not_honoured(options: ServeOptions) -> list[str]:
    """A line for each option that granian has nothing for."""
    lines = []
    header = options.header_timeout
    if header is not None and header > _LONGEST_HEADER_TIMEOUT:
        lines.append(f"--header-timeout {header:g}: granian takes {_LONGEST_HEADER_TIMEOUT:g} s")
    if options.connection_limit is not None:
        lines.append("--connection-limit is left out: granian has no limit of connections")
    if options.max_body is not None:
        lines.append("--max-body is left out: granian has no limit of a body's size")
    if options.preload:
        lines.append("--preload is left out: each process of granian's loads the app itself")
    if options.access_log == ACCESS_JSON:
        lines.append("--access-log json is left out: granian writes lines of text")
    if options.trusted_proxy and options.unix_socket:
        lines.append(
            "--trusted-proxy is left out on a unix socket: granian does not tell who asks there"
        )
    return lines


class _Run:
    """One run of granian.

    Args:
        target: the import string.
        options: flags and environment variables.
        waitress: part of a `Runner`.
        address: where to listen.
        watchdog: the service manager's.
        version: granian's.
    """

    def __init__(
        self,
        target: str,
        options: ServeOptions,
        waitress: Waitress,
        address: Listener,
        watchdog: Watchdog,
        version: str,
    ) -> None:
        self._target = target
        self._options = options
        self._waitress = waitress
        self._watchdog = watchdog
        self._version = version
        self._reports = Reports()
        self._threads = options.threads or DEFAULT_THREADS
        asked = usable_cpus() if options.processes == AUTO else options.processes
        self._processes = int(asked or 1)
        self._family = address.socket.family
        self._name: Any = address.socket.getsockname()
        self._url = address.url
        self._status: int | None = None
        self._stops = False
        self._remind_at = 0.0
        self._terminal = Terminal()
        self._server: Any = None
        tell_elsewhere([address])
        # Behind this granian's own bind: nobody else's socket may be on the port.
        address.close()

    def serve(self) -> int:
        """Serve until a signal or a failure ends it; returns the exit status."""
        self._server = self._make()
        self._server.on_startup(self._started)
        try:
            self._server.serve(target_loader=self._load_in_worker, wrap_loader=False)
        except SystemExit as stop:
            if self._status is None and not self._stops:
                tell("granian has given up: its processes end again and again")
                return int(stop.code or 1)
        return self._status or 0

    def _make(self) -> Any:
        from granian import Granian  # noqa: PLC0415 - it is there
        from granian.constants import Interfaces  # noqa: PLC0415
        from granian.http import HTTP1Settings  # noqa: PLC0415
        from granian.log import LogLevels  # noqa: PLC0415

        unix = self._family == socket.AF_UNIX
        header = self._options.header_timeout or DEFAULT_HEADER_TIMEOUT
        where: dict[str, Any] = {"address": self._name[0], "port": self._name[1]}
        if unix:
            where = {"uds": Path(os.fsdecode(self._name)), "uds_permissions": SHARED_MODE}
        return Granian(
            self._target,
            **where,
            interface=Interfaces.WSGI,
            workers=self._processes,
            blocking_threads=self._threads,
            websockets=False,
            http1_settings=HTTP1Settings(
                header_read_timeout=int(min(header, _LONGEST_HEADER_TIMEOUT) * 1000)
            ),
            log_level=LogLevels.error,
            log_dictconfig=log_settings(),
            log_access=self._options.access_log != ACCESS_OFF,
            log_access_format=ACCESS_FORMAT,
            respawn_failed_workers=True,
            workers_kill_timeout=max(1, math.ceil(self._drain_timeout)),
        )

    @property
    def _drain_timeout(self) -> float:
        given = self._options.drain_timeout
        return DEFAULT_DRAIN_TIMEOUT if given is None else given

    # --- in the first process -------------------------------------------------

    def _started(self) -> None:
        """Its handlers are set, and its workers will start now."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._note)
        threading.Thread(target=self._watch, name="uncork-granian", daemon=True).start()

    def _note(self, number: int, _frame: object) -> None:
        """A signal came: the thread acts on it, since one may come while another is told."""
        self._reports.say(_SIGNAL, str(number))

    def _act(self, number: int) -> None:
        if number == signal.SIGHUP and not self._terminal.hung_up:
            tell(
                "SIGHUP: granian would take the old processes away even if the new ones do not "
                "start; restart it instead"
            )
        elif self._stops:
            tell("a second signal cuts off what runs")
            for worker in list(self._server.wrks):
                worker.kill()
        else:
            self._stop(signal.Signals(number).name)

    def _stop(self, why: str) -> None:
        self._stops = True
        self._remind_at = time.monotonic() + _PATIENCE
        said = self._options.drain_timeout
        stopping("stopping", None if said is None else said + _BEHIND_DRAIN)
        tell(f"{why}: stopping")
        self._server.signal_handler_interrupt()

    def _watch(self) -> None:
        """In a thread: signals, the ready line when all workers answer, then signs of life."""
        loaded: set[int] = set()
        while not self._stops and not (len(loaded) >= self._processes and self._answers()):
            select.select([self._reports.fileno()], [], [], _SHORT)
            loaded |= self._heard()
        if not self._stops:
            self._say_ready()
        alive = self._watchdog.attach()
        while True:
            select.select([self._reports.fileno()], [], [], self._watchdog.turn)
            self._heard()
            if self._stops and time.monotonic() >= self._remind_at:
                self._remind()
            if self._watchdog.interval is not None and self._answers():
                alive()

    def _say_ready(self) -> None:
        processes = f"{self._processes} process{'' if self._processes == 1 else 'es'}"
        how = f"granian {self._version}, {processes}, {count(self._threads, 'thread')} each"
        said = f"serving {self._target} at {self._url} ({how})"
        tell(said)
        ready(said)

    def _remind(self) -> None:
        """Ask again: a worker that starts drops a SIGTERM before its ``add_cb``, mp.py 357."""
        self._remind_at = time.monotonic() + _PATIENCE
        for worker in list(self._server.wrks):
            with contextlib.suppress(OSError, ValueError):
                worker.terminate()

    def _heard(self) -> set[int]:
        """The workers that have loaded the app since the last call; one that could not ends all."""
        reports = self._reports.read()
        for report in reports:
            if report.word == _SIGNAL:
                self._act(int(report.text))
            elif report.word == FAILED and self._status is None:
                self._status = int(report.text)
                self._stop("the app did not start")
        return {report.pid for report in reports if report.word == READY}

    def _answers(self) -> bool:
        """Whether a worker answers: not the app, which must not be bothered for this."""
        with socket.socket(self._family) as probe:
            probe.settimeout(_PATIENCE)
            try:
                probe.connect(self._name)
                probe.sendall(_ANSWERED_WITHOUT_THE_APP)
                return bool(probe.recv(1))
            except OSError:
                return False

    # --- in a worker ------------------------------------------------------------

    def _load_in_worker(self) -> Any:
        """What granian calls in each of its processes."""
        return load(self._target, self._options, self._waitress, self._reports, self._drain_timeout)
