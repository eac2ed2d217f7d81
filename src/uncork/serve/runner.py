"""A run call of the script, honoured or declined: what every seam calls."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from uncork.errors import DeclinedError, SystemRefusedError, UncorkError
from uncork.serve.accesslog import AccessLog
from uncork.serve.application import is_asgi
from uncork.serve.claims import Claims
from uncork.serve.family import Family
from uncork.serve.files import connection_limit
from uncork.serve.listen import Listener, tell_elsewhere
from uncork.serve.logs import keep_queue_line_rare, say, tell, warn
from uncork.serve.notify import Watchdog, ready, stopping
from uncork.serve.options import (
    DEFAULT_DRAIN_TIMEOUT,
    DEFAULT_HEADER_TIMEOUT,
    DEFAULT_THREADS,
)
from uncork.serve.place import calling_place
from uncork.serve.server import Server, count

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping, Sequence

    from uncork.serve.adapter.listener import Share
    from uncork.serve.again import Again
    from uncork.serve.listen import Address
    from uncork.serve.options import ServeOptions
    from uncork.serve.provide import Waitress
    from uncork.serve.signals import Signals, Stoppable

_CLEANUP = 10.0
"""Seconds for what stands behind the run call, once the drain has had its time."""


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
        watchdog: every loop that serves has to `attach` to it.
        family: the script's processes, where this one is no fork of the first.
    """

    def __init__(
        self,
        target: str,
        options: ServeOptions,
        waitress: Waitress,
        signals: Signals,
        inherited: Sequence[Listener] = (),
        watchdog: Watchdog | None = None,
        *,
        family: Family | None = None,
    ) -> None:
        self.watchdog = watchdog or Watchdog()
        self.share: Share | None = None
        self._target = target
        self._options = options
        self._waitress = waitress
        self._signals = signals
        self._family = family or Family()
        self._claims = Claims(options, inherited, self._family, lambda: signals.stopping)
        signals.on_stop, signals.is_echo = self._family.say_stopping, self._family.is_echo
        self._has_served = False
        self.delegated = False
        self.script_fell_through = False
        self.has_forked = False
        self.again: Again | None = None
        self.failure: int | None = None

    def run(
        self, call: RunCall, addresses: Sequence[Address], given: Sequence[socket.socket] = ()
    ) -> None:
        """Serve a run call, in this thread, until it is stopped.

        Raises:
            SystemExit: it is declined, or the system refuses it; already said on stderr.
        """
        listeners = self.claim(addresses, given, application=call.application)
        self.serve(self.server(call, listeners), listeners, call)

    def claim(
        self,
        addresses: Sequence[Address],
        given: Sequence[socket.socket] = (),
        *,
        application: Any = None,
        made: bool = False,
    ) -> list[Listener]:
        """The sockets for a run call: systemd's, else by options, else what the script says.

        Options are for one server, the app's own: one that runs beside it, and a
        second app at the same time, get what the script says.

        Args:
            addresses: the script's.
            given: sockets that the script bound itself.
            application: what will be served, if it is known by now.
            made: a server object is made here, which any thread may run later.

        Raises:
            SystemExit: the system refuses; already said on stderr.
        """
        try:
            return self._claims.claim(addresses, given, application, made=made)
        except SystemRefusedError as error:
            self.fail(error)

    def release(self, listeners: Sequence[Listener]) -> None:
        """A server has stopped, or will never run: the options are free for the next one."""
        self._claims.release(listeners)

    def server(self, call: RunCall, listeners: Sequence[Listener]) -> Server:
        """A server for a run call, listening, not yet accepting.

        Raises:
            SystemExit: the application can't be served; already said on stderr.
        """
        from uncork.serve.adapter import Limits, StockServer, WaitressServer  # noqa: PLC0415 - 40 ms, and the script may fail before

        if is_asgi(call.application):
            self.decline(
                "this is an ASGI application, and uncork serves WSGI",
                hint="an ASGI server runs it, such as hypercorn or uvicorn",
            )
        scripts = dict(call.adjustments)
        if self._options.trusted_proxy:
            scripts = {name: value for name, value in scripts.items() if "proxy" not in name}
        adjustments = {
            "connection_limit": connection_limit(None),
            # ProxyFix and its like do what they do under `python script`.
            "clear_untrusted_proxy_headers": False,
            **scripts,
            "threads": self._threads(call),
            **self._limits(),
        }
        keep_queue_line_rare()
        shared = any(listener.inherited for listener in listeners)
        kind = WaitressServer if self._waitress.drains else StockServer
        sockets = [listener.socket for listener in listeners]
        application = self.behind_proxies(call.application)
        made = kind(
            application,
            sockets,
            adjustments,
            AccessLog(self._options.access_log),
            limits=Limits(header_timeout=self._options.header_timeout or DEFAULT_HEADER_TIMEOUT),
            tell=warn,
            shared=shared,
            share=self.share if shared else None,
        )
        return Server(made, listeners, self.drain_timeout, tell)

    def _limits(self) -> dict[str, int]:
        """Settings of waitress's that a flag overrules; those of the script stay otherwise."""
        limits = {}
        if asked := self._options.connection_limit:
            limits["connection_limit"] = connection_limit(asked)
            if limits["connection_limit"] < asked:
                tell(
                    f"{limits['connection_limit']} connections instead of {asked}: each may need "
                    "two files, and the hard limit of ulimit -n has no more"
                )
        if self._options.max_body:
            # waitress refuses a body that is as large as its limit: parser.py 154, 178.
            limits["max_request_body_size"] = self._options.max_body + 1
        return limits

    def behind_proxies(self, application: Any) -> Any:
        """The application as it is to be served: it is told who the client is, if anyone says so.

        Every server that is given an application has to be given this one.
        """
        if not self._options.trusted_proxy:
            return application
        from uncork.serve.proxies import behind_proxies  # noqa: PLC0415 - most start without

        return behind_proxies(application, self._options)

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
            alive = self.watchdog.attach()

            def turned() -> None:
                alive()
                if self._family.is_told_to_stop():
                    server.drain()

            try:
                server.run(self.stopping, turned, self.watchdog.turn)
            finally:
                self.watchdog.detach(alive)

    @contextlib.contextmanager
    def announced(
        self, server: Stoppable, listeners: Sequence[Listener], how: str
    ) -> Iterator[None]:
        """A server runs inside: signals stop it, the operator and systemd know of it.

        Behind it the script's own signal handlers have their turn.

        Args:
            server: what a signal drains, or cuts.
            listeners: where it listens; it does so already.
            how: for the ready line, such as ``16 threads``.
        """
        beside = bool(listeners) and all(listener.beside for listener in listeners)
        self._has_served = self._has_served or not beside
        if not beside:
            self._family.say_serving()
        self._signals.attach(server)
        try:
            self.announce([listener.url for listener in listeners], how, beside=beside)
            tell_elsewhere(listeners)
            yield
        finally:
            self.release(listeners)
            self._signals.detach(server)

    def announce(self, urls: Sequence[str], how: str, *, beside: bool = False) -> None:
        """Say that a server answers, to the operator and, if it is the app's, to systemd."""
        where = ", ".join(urls)
        if beside:
            tell(f"also serving at {where} ({how})")
        else:
            tell(f"serving {self._target} at {where} ({how})")
            ready(f"serving {self._target} at {where} ({how})")

    def tell_unused(self, server: str) -> None:
        """Say which options a server that is not ours, and keeps serving, does not follow."""
        if flags := self._options.for_ours_alone:
            tell(f"{server} keeps serving, as the script asks, and does not know {flags}")

    def delegate(self) -> None:
        """A server that the script calls takes this process over, its signals too: gunicorn."""
        self.has_served = self.delegated = True
        self._signals.release()

    @property
    def has_served(self) -> bool:
        """Whether the app has been run, here or in a child."""
        return self._has_served or self._family.serves

    @has_served.setter
    def has_served(self, value: bool) -> None:
        self._has_served = value

    @property
    def is_stopping(self) -> bool:
        """Whether the process was asked to stop."""
        return self._signals.stopping

    @property
    def script_handles_stop(self) -> bool:
        """Whether the script has a handler of its own for the signal that asked."""
        return self._signals.script_handles_stop

    @property
    def stop_name(self) -> str:
        """The signal that asked for it; empty if none did."""
        return self._signals.stop_name

    def for_spawned(self) -> tuple[dict[str, Any], list[int]]:
        """What a child that is no fork of this process serves with, if it runs the app.

        Returns:
            ``target`` and ``options``, then the numbers of the family's file and of
            systemd's sockets.
        """
        settings = {"target": self._target, "options": dict(vars(self._options))}
        return settings, [
            self._family.file,
            *(each.socket.fileno() for each in self._claims.inherited),
        ]

    def reload_asked(self) -> None:
        """A run call asks for the reloader; returns unless the script must start again for it."""
        if self.again is not None:
            self.again.start_if_missed(self._claims.inherited)

    def fork_happened(self) -> None:
        """The script has a child, which may run the app."""
        self.has_forked = True
        if "NOTIFY_SOCKET" in os.environ:
            self._family.when_served(
                lambda: ready(f"serving {self._target} in a process of its own")
            )

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
    def drain_timeout(self) -> float:
        """Seconds that a stop waits for what runs."""
        given = self._options.drain_timeout
        return DEFAULT_DRAIN_TIMEOUT if given is None else given

    def _threads(self, call: RunCall) -> int:
        return self._options.threads or call.threads or DEFAULT_THREADS

    def end_hanging(self) -> None:
        """A server's loop does not turn, so it can't drain: end the main thread, in which it is."""
        tell("the server's loop hangs, so it is ended")
        self._signals.interrupt()

    @property
    def said_drain_timeout(self) -> float | None:
        """What the options say of it, if anything."""
        return self._options.drain_timeout

    def stopping(self, requests: int, name: str | None = None) -> None:
        """A stop begins: say so, and how many requests are to be finished.

        Args:
            requests: how many run or are queued.
            name: of the signal, if another than `stop_name`.
        """
        name = self._signals.stop_name if name is None else name
        finish = f", {count(requests, 'request')} to finish" if requests else ""
        if name:
            said = self._options.drain_timeout
            stopping(f"stopping{finish}", None if said is None else said + _CLEANUP)
        tell(f"{name + ': ' if name else ''}stopping{finish}")
