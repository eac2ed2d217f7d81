"""A run call of the script, honoured or declined: what every seam calls."""

from __future__ import annotations

import contextlib
import resource
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from uncork.errors import DeclinedError, SystemRefusedError, UncorkError
from uncork.serve.application import is_asgi
from uncork.serve.listen import Listener, bind_all, choose_addresses
from uncork.serve.logs import access_log, tell
from uncork.serve.notify import READY, STOPPING, notify
from uncork.serve.options import DEFAULT_DRAIN_TIMEOUT, DEFAULT_THREADS
from uncork.serve.place import calling_place
from uncork.serve.server import Server, count

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping, Sequence

    from uncork.serve.listen import Address
    from uncork.serve.options import ServeOptions
    from uncork.serve.provide import Waitress
    from uncork.serve.signals import Signals, Stoppable

_CONNECTIONS = 1000
"""As many as fit half of the open files that the process may have; waitress's own 100
are used up by as many idle clients."""


@dataclass(frozen=True)
class RunCall:
    """What the script asked of the server it called.

    Args:
        application: the WSGI application.
        threads: how many requests at once; None, the script does not say.
        adjustments: waitress's own settings, if the script gave any.
    """

    application: Any
    threads: int | None = None
    adjustments: Mapping[str, Any] = field(default_factory=dict)


class Runner:
    """Serves the run calls of one process.

    Args:
        target: as the user typed it, for messages.
        options: flags and environment variables.
        waitress: which one serves.
        signals: installed already.
        inherited: systemd's sockets, for the first run call.
    """

    def __init__(
        self,
        target: str,
        options: ServeOptions,
        waitress: Waitress,
        signals: Signals,
        inherited: Sequence[Listener] = (),
    ) -> None:
        self._target = target
        self._options = options
        self._waitress = waitress
        self._signals = signals
        self._inherited = list(inherited)
        self._claimed = 0
        self.has_served = False
        self.script_fell_through = False
        self.has_forked = False
        self.failure: int | None = None

    def run(
        self, call: RunCall, addresses: Sequence[Address], given: Sequence[socket.socket] = ()
    ) -> None:
        """Serve a run call, in this thread, until it is stopped.

        Raises:
            SystemExit: it is declined, or the system refuses it; already said on stderr.
        """
        listeners = self.claim(addresses, given)
        self.serve(self.server(call, listeners), listeners, call)

    def claim(
        self, addresses: Sequence[Address], given: Sequence[socket.socket] = ()
    ) -> list[Listener]:
        """The sockets for a run call: systemd's, else by options, else what the script says.

        Options are for one server: a second one at the same time gets what the
        script says.

        Args:
            addresses: the script's.
            given: sockets that the script bound itself.

        Raises:
            SystemExit: the system refuses; already said on stderr.
        """
        if self._signals.stopping:
            raise SystemExit(0)  # A script that runs its app in a loop must end, too.
        first = self._claimed == 0
        self._claimed += 1
        if first and self._inherited:
            listeners, self._inherited = self._inherited, []
            return listeners
        overruled = first and (self._options.host, self._options.port) != (None, None)
        if given and not overruled and not (first and self._options.unix_socket):
            return [Listener(each, inherited=True) for each in given]
        try:
            return bind_all(
                choose_addresses(addresses, self._options if first else type(self._options)())
            )
        except SystemRefusedError as error:
            self._claimed -= 1
            self.fail(error)

    def server(self, call: RunCall, listeners: Sequence[Listener]) -> Server:
        """A server for a run call, listening, not yet accepting.

        Raises:
            SystemExit: the application can't be served; already said on stderr.
        """
        from uncork.serve.adapter import StockServer, WaitressServer  # noqa: PLC0415 - 40 ms, and the script may fail before

        if is_asgi(call.application):
            self.decline(
                "this is an ASGI application, and uncork serves WSGI",
                hint="an ASGI server runs it, such as hypercorn or uvicorn",
            )
        adjustments = {
            "connection_limit": _connection_limit(),
            # ProxyFix and its like do what they do under `python script`.
            "clear_untrusted_proxy_headers": False,
            **call.adjustments,
            "threads": self._threads(call),
        }
        kind = WaitressServer if self._waitress.drains else StockServer
        sockets = [listener.socket for listener in listeners]
        made = kind(call.application, sockets, adjustments, access_log())
        return Server(made, listeners, self._drain_timeout, tell)

    def serve(self, server: Server, listeners: Sequence[Listener], call: RunCall) -> None:
        """Run a server until it is stopped; then the script's own handlers have their turn."""
        threads = count(self._threads(call), "thread")
        if call.threads and not self._options.threads:
            threads += ", as the script asks"
        with self.announced(server, listeners, threads):
            if not self._waitress.drains:
                tell(
                    f"waitress {self._waitress.version or 'of unknown version'} is outside "
                    ">=3.0.1,<3.1: a stop gives requests that run 5 s, and drops those queued"
                )
            server.run(self.stopping)

    @contextlib.contextmanager
    def announced(
        self, server: Stoppable, listeners: Sequence[Listener], how: str
    ) -> Iterator[None]:
        """A server runs inside: signals stop it, the operator and systemd know of it.

        Behind it the script's own signal handlers have their turn.

        Args:
            server: what a signal drains, or cuts.
            listeners: where it listens; it does so already.
            how: for the ready line, such as ``8 threads``.
        """
        self.has_served = True
        where = ", ".join(listener.url for listener in listeners)
        self._signals.attach(server)
        try:
            tell(f"serving {self._target} at {where} ({how})")
            notify(READY)
            yield
        finally:
            self._claimed -= 1
            self._signals.detach(server)

    def fork_happened(self) -> None:
        """The script has a child, which may run the app."""
        self.has_forked = True

    def note(self, line: str) -> None:
        """Say what a run call asked for that is done otherwise, and where it asked."""
        place = calling_place()
        tell(f"{place}: {line}" if place else line)

    def decline(self, fact: str, *, hint: str) -> NoReturn:
        """Say what a run call asks for that can't be honoured, and end with status 4."""
        self.fail(DeclinedError(fact, hint=hint, place=calling_place()))

    def fail(self, error: UncorkError) -> NoReturn:
        """Say an error and end the process with its status, from whichever thread.

        SystemExit passes the script's ``except Exception``; `failure` is for a
        script that catches even that.
        """
        say(error)
        self.failure = int(error.status)
        self._signals.expel(self.failure)
        raise SystemExit(self.failure)

    @property
    def _drain_timeout(self) -> float:
        given = self._options.drain_timeout
        return DEFAULT_DRAIN_TIMEOUT if given is None else given

    def _threads(self, call: RunCall) -> int:
        return self._options.threads or call.threads or DEFAULT_THREADS

    def stopping(self, requests: int) -> None:
        """A stop begins: say so, and how many requests are to be finished."""
        name = self._signals.stop_name
        if name:
            notify(STOPPING)
        finish = f", {count(requests, 'request')} to finish" if requests else ""
        tell(f"{name + ': ' if name else ''}stopping{finish}")


def say(error: UncorkError) -> None:
    """Show an error as every command does."""
    from uncork.render.text import error_text  # noqa: PLC0415 - only where something fails

    sys.stderr.write(error_text(error) + "\n")
    sys.stderr.flush()


def _connection_limit() -> int:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        _CONNECTIONS if files == resource.RLIM_INFINITY else max(10, min(_CONNECTIONS, files // 2))
    )
