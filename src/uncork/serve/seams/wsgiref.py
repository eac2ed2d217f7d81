"""wsgiref's server, for scripts that run their app with the standard library alone.

It is also what libraries answer a single request with (a log-in's callback) and
show metrics with (``prometheus_client.start_http_server``). Those stay as they are:
ours is only a server of a Flask app, and one that the main thread serves for good.

Read in wsgiref/simple_server.py and socketserver.py of Python 3.10 to 3.13: the
application is set when the socket is bound already, so ``make_server``, which
knows it before, is where the options come in.
"""

from __future__ import annotations

import functools
import inspect
import socket
import threading
from typing import TYPE_CHECKING, Any

from uncork.serve.interrupt import calls_in_loop, interrupt_script
from uncork.serve.listen import Listener, TcpAddress
from uncork.serve.made import BYPASSED, Made, bypassed, changed_answers
from uncork.serve.native import in_main_thread
from uncork.serve.role import holds_flask
from uncork.serve.runner import RunCall

if TYPE_CHECKING:
    from types import ModuleType

    from uncork.serve.runner import Runner

_LIBRARIES = ("wsgiref.simple_server", "http.server", "socketserver", "builtins")
_ENVIRON = {
    "SERVER_NAME",
    "GATEWAY_INTERFACE",
    "SERVER_PORT",
    "REMOTE_HOST",
    "CONTENT_LENGTH",
    "SCRIPT_NAME",
}
"""What setup_environ writes for every request."""


class _Making(threading.local):
    """The sockets for the server that this thread is making."""

    made: Made | None = None


_making = _Making()


def patch(module: ModuleType, runner: Runner) -> None:
    """Replace make_server, and what a server object does when it binds and serves."""
    original = module.make_server
    signature = inspect.signature(original)

    @functools.wraps(original)
    def make_server(*args: Any, **kwargs: Any) -> Any:
        asked = signature.bind(*args, **kwargs)
        asked.apply_defaults()
        said = asked.arguments
        # A class that binds by itself hands its socket over when it serves.
        own = bypassed(said["server_class"], _LIBRARIES, ["server_bind"])
        if own or not holds_flask(said["app"]):
            return original(*args, **kwargs)
        address = TcpAddress(said["host"], int(said["port"]))
        _making.made = Made(runner, said["app"], [address])
        try:
            return original(*asked.args, **asked.kwargs)
        finally:
            _making.made = None

    module.make_server = make_server  # type: ignore[attr-defined]
    _patch_binding(module.WSGIServer)
    _patch_serving(module.WSGIServer, module, runner)


PATCHES = {"wsgiref.simple_server": patch}


def _patch_binding(kind: Any) -> None:
    binding, closing = kind.server_bind, kind.server_close

    def server_bind(self: Any) -> None:
        made = _making.made
        if made is None:
            binding(self)
            return
        self._uncork = made
        _use(self, made.listeners[0])
        self.setup_environ()

    def server_close(self: Any) -> None:
        closing(self)
        if hasattr(self, "_uncork"):
            self._uncork.close()

    kind.server_bind = functools.wraps(binding)(server_bind)
    kind.server_close = functools.wraps(closing)(server_close)


def _patch_serving(kind: Any, module: ModuleType, runner: Runner) -> None:
    serving, stopping, handling = kind.serve_forever, kind.shutdown, kind.handle_request

    def serve_forever(self: Any, poll_interval: float = 0.5) -> None:
        if not _is_app(self):
            serving(self, poll_interval)
            return
        call = _call(self, module, runner)
        made = _ours(self, runner)
        made.serve(call)
        if runner.is_stopping:
            interrupt_script()

    def shutdown(self: Any) -> None:
        made = getattr(self, "_uncork", None)
        if made is None:
            stopping(self)
        else:
            made.shutdown()

    def handle_request(self: Any) -> None:
        if not (_is_app(self) and calls_in_loop()):
            handling(self)
            return
        call = _call(self, module, runner)
        _ours(self, runner).handle_one(call, self.timeout)

    kind.serve_forever = functools.wraps(serving)(serve_forever)
    kind.shutdown = functools.wraps(stopping)(shutdown)
    kind.handle_request = functools.wraps(handling)(handle_request)


def _is_app(server: Any) -> bool:
    return in_main_thread() or holds_flask(server.get_app())


def _ours(server: Any, runner: Runner) -> Made:
    """Our side of a server object; one that has bound by itself hands its socket over."""
    if not hasattr(server, "_uncork"):
        host, port = server.server_address[:2]
        own = server.socket.dup()
        made = Made(runner, server.get_app(), [TcpAddress(host, port)], [own], made=False)
        if made.listeners[0].socket is not own:
            own.close()
            server.socket.close()
            _use(server, made.listeners[0])
        server._uncork = made  # noqa: SLF001 - ours, on an object of wsgiref's
    found: Made = server._uncork  # noqa: SLF001
    return found


def _use(server: Any, listener: Listener) -> None:
    server.socket.close()
    server.socket = listener.socket.dup()
    server.server_address = server.socket.getsockname()
    server.server_name, server.server_port = listener.host, listener.port


def _call(server: Any, module: ModuleType, runner: Runner) -> RunCall:
    """What to serve.

    Raises:
        SystemExit: it does more than that; already said on stderr.
    """
    names = {*BYPASSED, "setup_environ"}
    changed = bypassed(type(server), _LIBRARIES, names)
    changed += changed_answers(server.RequestHandlerClass, module.WSGIRequestHandler)
    environ = server.base_environ
    changed += sorted(environ.keys() - _ENVIRON) + ["SCRIPT_NAME"] * bool(environ["SCRIPT_NAME"])
    if changed:
        runner.decline(
            f"{type(server).__name__} changes {', '.join(changed)} of wsgiref's server, "
            "which is not used",
            hint="do it in the app, with before_request or a WSGI middleware",
        )
    if type(server.socket) is not socket.socket:
        runner.decline(
            f"the server's socket is {type(server.socket).__name__}, and uncork serve speaks no "
            "https",
            hint="leave the socket alone, and let a reverse proxy such as nginx speak https",
        )
    threaded = hasattr(server, "process_request_thread")  # socketserver.ThreadingMixIn's
    return RunCall(server.get_app(), threads=None if threaded else 1)
