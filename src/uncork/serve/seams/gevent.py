"""gevent's own WSGI server, which the script starts: it keeps serving, see `uncork.serve.kept`.

Read in gevent 26.9; numbers are its:

- baseserver.py 316-333 ``start`` makes the socket only if there is none; 335-355
  ``close``; 388-397 ``serve_forever`` waits until ``close`` was called; 226-271
  ``_do_read``, with ``do_read``, ``do_handle`` and ``full``.
- server.py 128 ``init_socket``; 174 with TLS a connection comes to ``handle`` wrapped.
- pywsgi.py 1696 ``WSGIServer.handle`` runs a whole connection; 714
  ``WSGIHandler.read_requestline`` waits for a request; 825 ``finalize_headers`` is
  called once for each response; 1092 ``handle_one_response``. Handlers of websocket
  libraries are subclasses that call these.
- hub.py 217-300: ``gevent.signal_handler`` goes past Python's signal handlers.

A loop that waits in C lets Python's signal handlers run within 0.3 s: libev's loop
has a timer for that (libev/corecext.pyx, ``_periodic_signal_check``), libuv's too.
"""

from __future__ import annotations

import contextlib
import functools
import signal
from typing import TYPE_CHECKING, Any

from uncork.serve.kept import SETTLE, Connection, Kept, asks_for_websocket, has_ipv6, shut, version
from uncork.serve.listen import Address, TcpAddress, UnixAddress
from uncork.serve.native import in_main_thread
from uncork.serve.signals import GRACE, STOP_SIGNALS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from uncork.serve.runner import Runner


def patch_pywsgi(module: ModuleType, runner: Runner) -> None:
    """Give every WSGIServer our socket when it starts, and our stop."""
    _patch_server(module.WSGIServer, runner)
    _patch_handler(module.WSGIHandler)


def patch_hub(module: ModuleType, runner: Runner) -> None:  # noqa: ARG001 - a patch's parameters
    """Let what ``gevent.signal_handler`` installs come after the drain, as all handlers do."""
    kind: Any = module.signal
    original = kind.__init__

    def __init__(self: Any, signalnum: int, handler: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it replaces one
        if signalnum not in STOP_SIGNALS or not callable(handler) or not in_main_thread():
            original(self, signalnum, handler, *args, **kwargs)
            return
        self.hub, self.handler, self.args, self.kwargs = module.get_hub(), handler, args, kwargs
        self.greenlet_class = None
        self.watcher = _Watcher(signalnum, self.handle)

    kind.__init__ = functools.wraps(original)(__init__)


PATCHES = {"gevent.pywsgi": patch_pywsgi, "gevent.hub": patch_hub}


class _Watcher:
    """In place of libev's: a handler of Python's, which runs a script's function in a greenlet."""

    ref = False
    started: list[Any] = []  # noqa: RUF012 - of the process: the greenlets that a stop began

    def __init__(self, signalnum: int, call: Callable[[], None]) -> None:
        self._signalnum = signalnum
        self._call = call
        self._previous = signal.signal(signalnum, self._run)

    def _run(self, _signalnum: int, _frame: object) -> None:
        from gevent import spawn  # noqa: PLC0415 - the script has imported it

        self.started.append(spawn(self._call))

    def stop(self) -> None:
        """Be the handler no more."""
        if signal.getsignal(self._signalnum) == self._run:
            signal.signal(self._signalnum, self._previous)

    def close(self) -> None:
        """Nothing is held."""


def _patch_server(kind: Any, runner: Runner) -> None:
    start, close, handle, serve_forever = kind.start, kind.close, kind.handle, kind.serve_forever

    def start_(self: Any) -> None:
        kept = _kept(self)
        if runner.delegated or (kept is not None and kept.running):
            start(self)
            return
        kept = self.__dict__["_uncork"] = _Gevent(self, runner)
        self.application = runner.behind_proxies(self.application)
        try:
            start(self)
        except BaseException:
            kept.give_up()
            raise
        kept.watch()

    def close_(self: Any) -> None:
        close(self)
        kept = _kept(self)
        if kept is not None and not kept.in_call:
            kept.end(returns=False)

    def serve_forever_(self: Any, *args: Any, **kwargs: Any) -> None:
        if runner.delegated:
            serve_forever(self, *args, **kwargs)
            return
        if not self.started:
            self.start()
        kept = _kept(self)
        kept.in_call = True
        try:
            serve_forever(self, *args, **kwargs)
            kept.wait_for_others()
        finally:
            kept.in_call = False
            kept.end_in_call()

    def handle_(self: Any, sock: Any, address: Any) -> None:
        kept = _kept(self)
        if kept is None:
            handle(self, sock, address)
            return
        with kept.connected(sock):
            handle(self, sock, address)

    for name, replaced in (
        ("start", start_),
        ("close", close_),
        ("serve_forever", serve_forever_),
        ("handle", handle_),
    ):
        setattr(kind, name, functools.wraps(getattr(kind, name))(replaced))


def _kept(server: Any) -> Any:
    return server.__dict__.get("_uncork")


def _patch_handler(kind: Any) -> None:
    """Let every connection say what it does, and tell clients to close when the server drains."""
    read, finalize, respond = kind.read_requestline, kind.finalize_headers, kind.handle_one_response

    def read_requestline(self: Any) -> Any:
        connection = _connection(self)
        connection.busy = False
        line = read(self)
        connection.busy = bool(line)
        return line

    def handle_one_response(self: Any) -> None:
        _connection(self).websocket = asks_for_websocket(self.headers.get("Upgrade"))
        respond(self)

    def finalize_headers(self: Any) -> None:
        kept = _kept(self.server)
        if kept is not None and kept.stop and self.code != _SWITCHING:
            others = [each for each in self.response_headers if each[0].lower() != b"connection"]
            self.response_headers = [*others, (b"Connection", b"close")]
            self.close_connection = True
        finalize(self)

    kind.read_requestline = functools.wraps(read)(read_requestline)
    kind.handle_one_response = functools.wraps(respond)(handle_one_response)
    kind.finalize_headers = functools.wraps(finalize)(finalize_headers)


_SWITCHING = 101


def _connection(handler: Any) -> Connection:
    kept = _kept(handler.server)
    found: Connection | None = kept.by_socket.get(id(handler.socket)) if kept else None
    return found or Connection()


class _Connection(Connection):
    def __init__(self, sock: Any, greenlet: Any) -> None:
        super().__init__()
        self.socket = sock
        self.greenlet = greenlet


class _Gevent(Kept):
    """One WSGIServer."""

    def __init__(self, server: Any, runner: Runner) -> None:
        given = [server.socket] if hasattr(server, "socket") else []
        application = getattr(server, "application", None)
        listeners = runner.claim(
            [] if given else [_address(server)], given, application=application
        )
        how, tls = version("gevent"), bool(server.ssl_args)
        super().__init__(runner, listeners, given, application=application, how=how, tls=tls)
        self.in_call = False
        self.by_socket: dict[int, _Connection] = {}
        self._server = server
        self._spawned = False
        self._hub: Any = None
        self._wake: Any = None
        self._others: list[Any] = []
        self._take_over(given)

    def _take_over(self, given: Sequence[Any]) -> None:
        from gevent.server import StreamServer  # noqa: PLC0415 - the script has imported it
        from gevent.socket import socket as green_socket  # noqa: PLC0415

        self.close_overruled(given)
        first, *others = self.copies(green_socket)
        self._server.socket = first
        self._server.address = first.getsockname()
        self._server.family = first.family
        self._others = [
            StreamServer(each, self._handle, spawn=self._server.pool or self._server._spawn)  # noqa: SLF001 - no public name
            for each in others
        ]

    def _handle(self, sock: Any, address: Any) -> None:
        self._server._handle(sock, address)  # noqa: SLF001 - with TLS it wraps first

    def watch(self) -> None:
        """The server has started."""
        from gevent import get_hub, spawn  # noqa: PLC0415

        for each in self._others:
            each.start()
        self._hub = get_hub()
        # Without a reference, so that gevent.wait() still ends when all else has.
        self._wake = self._hub.loop.async_(ref=False)
        self._wake.start(self._woken)
        self.begin()
        spawn(self._live)

    def wake(self) -> None:
        """Safe in signal handlers and from other threads: ev_async_send(3)."""
        self._wake.send()

    def _woken(self) -> None:
        from gevent import spawn  # noqa: PLC0415

        if not self._spawned:
            self._spawned = True
            spawn(self._finish)

    def _live(self) -> None:
        from gevent import sleep  # noqa: PLC0415

        for pause in self.signs_of_life():
            sleep(pause)

    def _finish(self) -> None:
        from gevent import sleep  # noqa: PLC0415

        for pause in self.finishing():
            sleep(pause)
        # serve_forever returns now; without one, the main greenlet does something else.
        self._server.close()
        # Else a main greenlet that waits for an event would wait for nothing: LoopExit.
        sleep(GRACE + 1)

    def wait_for_others(self) -> None:
        """Let other servers of the loop finish: what the script does next is for all of them."""
        from gevent import sleep  # noqa: PLC0415

        while self._in_main_greenlet and self.stop and self.others_stop:
            sleep(SETTLE)

    @property
    def _in_main_greenlet(self) -> bool:
        from gevent import getcurrent  # noqa: PLC0415

        return getcurrent() is self._hub.parent

    def end_in_call(self) -> None:
        """serve_forever returns, here."""
        from gevent import joinall  # noqa: PLC0415

        try:
            self.end(returns=self._in_main_greenlet)
        finally:
            # The script's handlers, which are greenlets: under gevent alone they are done by now.
            joinall(_Watcher.started, timeout=self.runner.drain_timeout)

    def end(self, *, returns: bool) -> None:
        """It has stopped."""
        try:
            super().end(returns=returns)
        finally:
            if self._wake is not None:
                self._wake.stop()
                self._wake.close()
                self._wake = None

    @contextlib.contextmanager
    def connected(self, sock: Any) -> Any:
        """A connection is open inside."""
        from gevent import getcurrent  # noqa: PLC0415

        connection = self.by_socket[id(sock)] = _Connection(sock, getcurrent())
        self.connections.add(connection)
        try:
            yield
        finally:
            self.connections.discard(connection)
            del self.by_socket[id(sock)]

    def stop_accepting(self) -> None:
        """Take the queue, as far as the script's pool has room, and listen no more."""
        for index, server in enumerate([self._server, *self._others]):
            with contextlib.suppress(OSError):
                while self.takes_queue(index) and not server.full():
                    if not (accepted := server.do_read()):
                        break
                    server.do_handle(*accepted)
            server.stop_accepting()
            server.socket.close()

    def close_idle(self, idle: Sequence[Any]) -> None:
        """Their greenlets read an end of the stream."""
        for each in idle:
            shut(each.socket)

    def cut_off(self, left: Sequence[Any]) -> None:
        """End the greenlets, so that views release what they hold."""
        from gevent import Greenlet, killall  # noqa: PLC0415

        for each in left:
            shut(each.socket)
        killall([each.greenlet for each in left if isinstance(each.greenlet, Greenlet)], timeout=1)


def _address(server: Any) -> Address:
    if isinstance(server.address, str):
        return UnixAddress(server.address)
    host, port, *_ = server.address
    # gevent's '' is IPv6's wildcard, which takes IPv4, too: baseserver.py 421.
    return TcpAddress(host or ("::" if has_ipv6() else "0.0.0.0"), port)  # noqa: S104 - what the script asks for
