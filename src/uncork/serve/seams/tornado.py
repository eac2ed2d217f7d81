"""tornado's own HTTP server, which the script starts: it keeps serving, see `uncork.serve.kept`.

Most scripts wrap their Flask app in ``WSGIContainer``; one that has tornado's own
handlers, beside it or alone, is served and drained just as well.

Read in tornado 6.6; numbers are its:

- tcpserver.py 157 ``listen`` and 215 ``bind`` make sockets, 271 ``start`` may fork,
  195 ``add_sockets`` accepts on them, 308 ``stop``, 343 ``_handle_connection``.
- httpserver.py 199 ``conn_params``, shared by all connections; 213 ``_connections``;
  239 ``handle_stream`` opens one; 249 ``start_request`` is called when a connection
  begins to wait for a request, with the object that will receive it.
- http1connection.py 253 ``_request_start_line`` is set when headers have come; 602
  ``_can_keep_alive`` asks ``params.no_keep_alive``; 474 and 622
  ``_disconnect_on_finish`` tells the client to close, and closes.
- platform/asyncio.py 202 ``start`` is asyncio's ``run_forever``; ioloop.py 441
  ``run_sync`` ends with an error if the loop is stopped from outside.
- asyncio's select is resumed after a signal handler has run (PEP 475), and
  ``call_soon_threadsafe`` wakes it. ``loop.add_signal_handler`` goes past Python's
  signal handlers.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import signal
import socket
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from uncork.serve.kept import Connection, Kept, has_ipv6, version
from uncork.serve.listen import Address, Listener, TcpAddress
from uncork.serve.native import in_main_thread
from uncork.serve.role import flasks_in
from uncork.serve.signals import GRACE, STOP_SIGNALS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from types import FrameType, ModuleType

    from uncork.serve.runner import Runner

_bound: dict[int, tuple[Any, Listener]] = {}
"""What ``bind_sockets`` handed out, by file descriptor."""


def patch_netutil(module: ModuleType, runner: Runner) -> None:
    """Let tornado.netutil.bind_sockets hand out our sockets."""
    original = module.bind_sockets
    signature = inspect.signature(original)

    @functools.wraps(original)
    def bind_sockets(*args: Any, **kwargs: Any) -> list[socket.socket]:
        if runner.delegated:
            return list(original(*args, **kwargs))
        asked = signature.bind(*args, **kwargs)
        asked.apply_defaults()
        handed = []
        for listener in runner.claim(_addresses(asked.arguments)):
            handed.append(listener.socket.dup())
            handed[-1].setblocking(False)
            _bound[handed[-1].fileno()] = (handed[-1].getsockname(), listener)
        return handed

    module.bind_sockets = bind_sockets  # type: ignore[attr-defined]


def patch_tcpserver(module: ModuleType, runner: Runner) -> None:  # noqa: ARG001 - a patch's parameters
    """Leave servers that do not speak HTTP alone."""
    ours: Any = module.bind_sockets
    module.bind_sockets = ours.__wrapped__  # type: ignore[attr-defined]


def patch_httpserver(module: ModuleType, runner: Runner) -> None:
    """Give every HTTPServer our sockets and our stop."""
    kind: Any = module.HTTPServer
    add_sockets, stop, start_request = kind.add_sockets, kind.stop, kind.start_request
    start, bind = kind.start, kind.bind

    def listen_(self: Any, *args: Any, **kwargs: Any) -> None:
        self.add_sockets(_bind_sockets(*args, **kwargs))

    def bind_(self: Any, *args: Any, **kwargs: Any) -> None:
        self._pending_sockets.extend(_bind_sockets(*args, **kwargs))
        if self._started:
            sockets, self._pending_sockets = self._pending_sockets, []
            self.add_sockets(sockets)

    def start_(self: Any, num_processes: int | None = 1, max_restarts: int | None = None) -> None:  # noqa: ARG001 - tornado's parameters
        if num_processes != 1 and not runner.delegated:
            runner.note(f"start({num_processes}): a script as it is runs in one process")
        start(self, 1)

    def add_sockets_(self: Any, sockets: Iterable[socket.socket]) -> None:
        if runner.delegated:
            add_sockets(self, sockets)
            return
        kept = self.__dict__.get("_uncork")
        if kept is None:
            kept = self._uncork = _Tornado(self, runner)
        add_sockets(self, kept.take_over(list(sockets)))
        kept.begin_with_loop()

    def stop_(self: Any) -> None:
        stop(self)
        kept = self.__dict__.get("_uncork")
        if kept is not None and not kept.stop:
            kept.end(returns=False)

    def start_request_(self: Any, server_conn: Any, request_conn: Any) -> Any:
        server_conn.uncork_receives = request_conn
        return start_request(self, server_conn, request_conn)

    for name, original, replaced in (
        ("listen", kind.listen, listen_),
        ("bind", bind, bind_),
        ("start", start, start_),
        ("add_sockets", add_sockets, add_sockets_),
        ("stop", stop, stop_),
        ("start_request", start_request, start_request_),
    ):
        setattr(kind, name, functools.wraps(original)(replaced))


def patch_process(module: Any, runner: Runner) -> None:
    """Several processes, in each of which the script would go on, are not ours to watch."""

    def fork_processes(num_processes: int | None, max_restarts: int | None = None) -> int:  # noqa: ARG001 - tornado's parameters
        runner.decline(
            f"fork_processes({num_processes}) forks the script, which runs in one process",
            hint="leave it out, or start several services behind one socket",
        )

    if hasattr(module, "fork_processes"):
        module.fork_processes = fork_processes


def patch_web(module: ModuleType, runner: Runner) -> None:
    """Debug off: it would answer errors with tracebacks, and start the script anew by itself."""
    kind: Any = module.Application
    original = kind.__init__

    def __init__(self: Any, *args: Any, **settings: Any) -> None:  # noqa: N807 - it replaces one
        asked = [name for name in ("debug", "autoreload", "serve_traceback") if settings.get(name)]
        if asked:
            runner.note(f"{', '.join(asked)}: off in production")
        original(self, *args, **{**settings, **dict.fromkeys(asked, False)})

    kind.__init__ = functools.wraps(original)(__init__)


def patch_wsgi(module: ModuleType, runner: Runner) -> None:
    """Debug off in the Flask apps that WSGIContainer holds, and proxies in front of them."""
    kind: Any = module.WSGIContainer
    original = kind.__init__

    def __init__(self: Any, wsgi_application: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it replaces one
        for flask in flasks_in(wsgi_application):
            flask.debug = False
        original(self, runner.behind_proxies(wsgi_application), *args, **kwargs)

    kind.__init__ = functools.wraps(original)(__init__)


def patch_unix_events(module: ModuleType, runner: Runner) -> None:  # noqa: ARG001 - a patch's parameters
    """Let what ``loop.add_signal_handler`` installs come after the drain, as all handlers do."""
    kind: Any = module._UnixSelectorEventLoop  # noqa: SLF001 - what asyncio.SelectorEventLoop is
    add, remove = kind.add_signal_handler, kind.remove_signal_handler

    def add_signal_handler(self: Any, sig: int, callback: Any, *args: Any) -> None:
        if sig not in STOP_SIGNALS or not in_main_thread() or inspect.iscoroutinefunction(callback):
            add(self, sig, callback, *args)
            return
        signal.signal(sig, _InLoop(self, callback, args))

    def remove_signal_handler(self: Any, sig: int) -> bool:
        if not isinstance(signal.getsignal(sig), _InLoop):
            return bool(remove(self, sig))
        # As asyncio does: unix_events.py, remove_signal_handler.
        signal.signal(sig, signal.default_int_handler if sig == signal.SIGINT else signal.SIG_DFL)
        return True

    kind.add_signal_handler = functools.wraps(add)(add_signal_handler)
    kind.remove_signal_handler = functools.wraps(remove)(remove_signal_handler)


PATCHES = {
    "tornado.netutil": patch_netutil,
    "tornado.tcpserver": patch_tcpserver,
    "tornado.httpserver": patch_httpserver,
    "tornado.process": patch_process,
    "tornado.web": patch_web,
    "tornado.wsgi": patch_wsgi,
    "asyncio.unix_events": patch_unix_events,
}


class _InLoop:
    """A handler of Python's that has an asyncio loop call a function."""

    def __init__(self, loop: Any, callback: Any, args: tuple[Any, ...]) -> None:
        self._loop = loop
        self._call = functools.partial(callback, *args)

    def __call__(self, _signalnum: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(RuntimeError):  # The loop is closed.
            self._loop.call_soon_threadsafe(self._call)


def _bind_sockets(*args: Any, **kwargs: Any) -> list[socket.socket]:
    from tornado.netutil import bind_sockets  # noqa: PLC0415 - the script has imported it

    made: list[socket.socket] = bind_sockets(*args, **kwargs)
    return made


def _addresses(asked: dict[str, Any]) -> list[Address]:
    """All addresses of a host, as tornado listens on: netutil.py, ``bind_sockets``."""
    port, flags = int(asked["port"]), asked["flags"]
    flags = socket.AI_PASSIVE if flags is None else flags
    family = asked["family"] if has_ipv6() else socket.AF_INET
    found = socket.getaddrinfo(asked["address"] or None, port, family, socket.SOCK_STREAM, 0, flags)
    hosts = dict.fromkeys(str(entry[4][0]) for entry in sorted(found, key=lambda entry: entry[0]))
    addresses: list[Address] = [TcpAddress(host, port, only_ipv6=True) for host in hosts]
    # Any free port would be another one for each.
    return addresses if port else addresses[:1]


class _Connection(Connection):
    """A view of an ``HTTP1ServerConnection``."""

    def __init__(self, connection: Any) -> None:
        super().__init__()
        self.stream = connection.stream
        self.receives = getattr(connection, "uncork_receives", None)
        self.busy = getattr(self.receives, "_request_start_line", None) is not None


class _Tornado(Kept):
    """One HTTPServer."""

    def __init__(self, server: Any, runner: Runner) -> None:
        callback = server.request_callback
        application = getattr(callback, "wsgi_application", None)
        tls = server.ssl_options is not None
        super().__init__(runner, [], application=application, how=version("tornado"), tls=tls)
        self._server = server
        self._application = application
        self._scheme = "https" if tls else "http"
        self._asyncio: Any = None
        self._begins = False
        self._task: Any = None

    def take_over(self, sockets: Sequence[socket.socket]) -> list[socket.socket]:
        """The sockets to accept on, in place of those that the script adds."""
        foreign, used = [], []
        for each in sockets:
            name, listener = _bound.pop(each.fileno(), (None, None))
            if listener is not None and name == each.getsockname():
                self.listeners.append(replace(listener, scheme=self._scheme))
                used.append(each)
            else:
                foreign.append(each)
        if foreign:
            used += self._claimed(foreign)
        return used

    def _claimed(self, foreign: Sequence[socket.socket]) -> list[socket.socket]:
        claimed = self.runner.claim([], foreign, application=self._application)
        if claimed and claimed[0].socket in foreign:
            self.kept_given += foreign
        self.close_overruled(foreign)
        before = len(self.listeners)
        self.listeners += [replace(each, scheme=self._scheme) for each in claimed]
        return self.copies(socket.socket)[before:]

    def begin_with_loop(self) -> None:
        """Begin when the loop turns: before that nobody is answered."""
        from tornado.ioloop import IOLoop  # noqa: PLC0415 - the script has imported it

        if not self._begins:
            self._begins = True
            IOLoop.current().add_callback(self._begin_in_loop)

    def _begin_in_loop(self) -> None:
        from asyncio import get_running_loop  # noqa: PLC0415 - the script has imported it

        self._asyncio = get_running_loop()
        self.begin()
        self._turn(self.signs_of_life())

    def _turn(self, life: Any) -> None:
        for pause in life:
            self._asyncio.call_later(pause, self._turn, life)
            return

    def wake(self) -> None:
        """Safe in signal handlers: it writes to asyncio's own pipe."""
        with contextlib.suppress(RuntimeError):  # The loop is closed.
            self._asyncio.call_soon_threadsafe(self._woken)

    def _woken(self) -> None:
        if self._task is None:
            self._task = self._asyncio.create_task(self._finish())

    async def _finish(self) -> None:
        from asyncio import sleep  # noqa: PLC0415

        for pause in self.finishing():
            await sleep(pause)
        # Not in this task, which would complain of what handlers raise.
        self._asyncio.call_soon(self._end)

    def _end(self) -> None:
        last = not self.others_stop
        _forget_asyncios_own_handler()
        handled = self.runner.script_handles_stop
        # In the loop, since handlers may want it to do something.
        self.end(returns=True)
        if last:
            self._asyncio.call_later(GRACE if handled else 0, self._leave)

    def _leave(self) -> None:
        """End the loop: the call that runs it returns, or is left."""
        from tornado.ioloop import IOLoop  # noqa: PLC0415

        running = {frame.f_code for frame in _frames(sys._getframe())}  # noqa: SLF001 - the only way to ask where we are
        loop = IOLoop.current()
        if type(loop).start.__code__ in running and IOLoop.run_sync.__code__ not in running:
            loop.stop()
        else:
            # asyncio.run: its coroutine is cancelled, and has its finally.
            raise SystemExit(0)

    @property
    def open(self) -> Collection[_Connection]:
        """The open connections."""
        return [_Connection(each) for each in self._server._connections]  # noqa: SLF001 - no public name

    def stop_accepting(self) -> None:
        """Take the queue, listen no more, and tell clients to close."""
        server = self._server
        server.conn_params.no_keep_alive = True
        for each in self.open:
            if each.receives is not None:
                each.receives._disconnect_on_finish = True  # noqa: SLF001
        for index, sock in enumerate(list(server._sockets.values())):  # noqa: SLF001
            with contextlib.suppress(OSError):
                while self.takes_queue(index):
                    server._handle_connection(*sock.accept())  # noqa: SLF001
        server.stop()

    def close_idle(self, idle: Sequence[Any]) -> None:
        """Their loops end."""
        for each in idle:
            each.stream.close()

    def cut_off(self, left: Sequence[Any]) -> None:
        """Close them; what runs in threads of the script's goes on until the process ends."""
        self.close_idle(left)


def _frames(frame: FrameType | None) -> Iterable[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _forget_asyncios_own_handler() -> None:
    """asyncio.run has a handler for SIGINT since 3.11, which only raises KeyboardInterrupt."""
    handler = getattr(signal.getsignal(signal.SIGINT), "func", None)
    if getattr(handler, "__module__", "") == "asyncio.runners":
        signal.signal(signal.SIGINT, signal.default_int_handler)
