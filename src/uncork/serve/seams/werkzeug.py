"""werkzeug's development server, which Flask.run, Dash and ``flask run`` end in.

Flask.run reads .env, SERVER_NAME and ports given as text, then calls
``werkzeug.serving.run_simple``. A script may also call ``make_server(...)``, or one
of the server classes, and its ``serve_forever()`` or ``handle_request()``.

Read in serving.py of werkzeug 1.0, 2.2 and 3.1; arguments are bound by the
installed version's own signature. What differs: 1.0 binds a socket of its own
even if it is given one (and removes a unix socket's file first), its
``serve_forever`` takes no interval, its ``show_server_banner`` has more parameters.
Up to 2.0 a view could call ``environ["werkzeug.server.shutdown"]``.
"""

from __future__ import annotations

import functools
import inspect
import socket
from typing import TYPE_CHECKING, Any

from uncork.serve.application import is_asgi
from uncork.serve.interrupt import calls_in_loop
from uncork.serve.listen import Address, Listener, TcpAddress, UnixAddress
from uncork.serve.made import Made, bypassed, changed_answers
from uncork.serve.role import flasks_in
from uncork.serve.runner import RunCall

if TYPE_CHECKING:
    from types import ModuleType

    from uncork.serve.runner import Runner

_UNIX = "unix://"
_NO_HTTPS = "ssl_context asks for https, which uncork serve does not speak"
_LIBRARIES = ("werkzeug.serving", "http.server", "socketserver", "builtins")
_SHUTDOWN = "werkzeug.server.shutdown"


def patch_serving(module: ModuleType, runner: Runner) -> None:
    """Replace run_simple, and what a server object does when it serves."""
    original = module.run_simple
    signature = inspect.signature(original)

    @functools.wraps(original)
    def run_simple(*args: Any, **kwargs: Any) -> None:
        asked = signature.bind(*args, **kwargs)
        asked.apply_defaults()
        _run_simple(asked.arguments, module, runner)

    module.run_simple = run_simple  # type: ignore[attr-defined]
    _patch_making(module.BaseWSGIServer, module, runner)
    _patch_serving(module.BaseWSGIServer, module, runner)


def patch_banner(module: ModuleType, runner: Runner) -> None:  # noqa: ARG001 - a patch's parameters
    """Flask's banner is about the development server and its debug mode, which are not used."""
    module.show_server_banner = _no_banner  # type: ignore[attr-defined]
    lazy = getattr(module, "DispatchingApp", None)
    if lazy is not None:
        _load_at_once(lazy)


PATCHES = {"werkzeug.serving": patch_serving, "flask.cli": patch_banner}


def _load_at_once(kind: Any) -> None:
    """Up to Flask 2.1 ``flask run`` loads the app behind the first request: cli.py 313 in 1.1.

    Its debug mode would be set then, and a broken app would be served.
    """
    original = kind.__init__

    def __init__(self: Any, loader: Any, use_eager_loading: Any = None) -> None:  # noqa: ARG001, N807 - it replaces one
        original(self, loader, use_eager_loading=True)

    kind.__init__ = functools.wraps(original)(__init__)


def _no_banner(*_args: Any, **_kwargs: Any) -> None:
    pass


def _run_simple(asked: dict[str, Any], module: ModuleType, runner: Runner) -> None:
    if not isinstance(asked["port"], int):
        raise TypeError("port must be an integer")  # werkzeug's own words
    if asked["use_reloader"]:
        runner.reload_asked()
    application = asked["application"]
    _check(asked, asked["request_handler"], module, runner)
    if asked["static_files"]:
        from werkzeug.middleware.shared_data import SharedDataMiddleware  # noqa: PLC0415

        application = SharedDataMiddleware(application, asked["static_files"])
    made = Made(runner, application, [_address(asked["hostname"], asked["port"])], made=False)
    made.serve(_call(application, _threads(asked), made, module))


def _patch_making(kind: Any, module: ModuleType, runner: Runner) -> None:
    """Give every server object our sockets when it is made."""
    original = kind.__init__
    signature = inspect.signature(original)

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it replaces one
        asked = signature.bind(self, *args, **kwargs)
        asked.apply_defaults()
        said = asked.arguments
        _check(said, said["handler"], module, runner)
        if changed := bypassed(type(self), _LIBRARIES):
            runner.decline(
                f"{type(self).__name__} changes {', '.join(changed)} of the development server, "
                "which is not used",
                hint="do it in the app, with before_request or a WSGI middleware",
            )
        if self.multiprocess:
            runner.note("several processes: a script as it is runs in one, with threads")
        made = Made(runner, said["app"], [_address(said["host"], int(said["port"]))])
        first = made.listeners[0]
        # Not a unix socket's path: werkzeug 1.0 would remove its file.
        host = "127.0.0.1" if first.port == 0 else first.host
        said.update(host=host, port=0, fd=first.socket.fileno())
        original(*asked.args, **asked.kwargs)
        _describe(self, first)
        self._uncork = made

    kind.__init__ = functools.wraps(original)(__init__)


def _patch_serving(kind: Any, module: ModuleType, runner: Runner) -> None:
    """Give every server object our loop when it serves."""
    closing, handling = kind.server_close, kind.handle_request

    def call_of(self: Any) -> RunCall:
        threads = None if self.multithread or self.multiprocess else 1
        return _call(self.app, threads, self._uncork, module)

    def serve_forever(self: Any, poll_interval: float = 0.5) -> None:  # noqa: ARG001 - werkzeug's parameter
        _decline_tls(self, runner)
        try:
            self._uncork.serve(call_of(self))
        finally:
            self.server_close()

    def handle_request(self: Any) -> None:
        if calls_in_loop():
            _decline_tls(self, runner)
            self._uncork.handle_one(call_of(self), self.timeout)
        else:
            handling(self)  # A single answer, such as a log-in's: no server.

    def shutdown(self: Any) -> None:
        self._uncork.shutdown()

    def server_close(self: Any) -> None:
        closing(self)  # Its own copy of the first socket.
        if hasattr(self, "_uncork"):
            self._uncork.close()

    kind.serve_forever = functools.wraps(kind.serve_forever)(serve_forever)
    kind.handle_request = functools.wraps(handling)(handle_request)
    kind.server_close = functools.wraps(closing)(server_close)
    kind.shutdown = functools.wraps(kind.shutdown)(shutdown)


def _describe(server: Any, listener: Listener) -> None:
    """Have a server object say where it listens, as one that has bound by itself does."""
    server.socket.close()
    server.socket = listener.socket.dup()
    server.address_family = server.socket.family
    server.server_address = server.socket.getsockname()
    server.host = server.server_name = listener.host
    server.port = server.server_port = listener.port


def _call(application: Any, threads: int | None, made: Made, module: ModuleType) -> RunCall:
    for flask in flasks_in(application):
        if flask.debug is True:
            # It would answer errors with tracebacks, and offer a console.
            flask.debug = False
    if hasattr(module.WSGIRequestHandler, "initiate_shutdown") and not is_asgi(application):
        application = _with_shutdown(application, made)
    return RunCall(application, threads=threads)


def _with_shutdown(application: Any, made: Made) -> Any:
    """What views of werkzeug up to 2.0 call to end the server: serving.py 168 in 1.0."""

    @functools.wraps(application, updated=())
    def with_shutdown(environ: Any, start_response: Any) -> Any:
        environ[_SHUTDOWN] = made.drain
        return application(environ, start_response)

    return with_shutdown


def _check(asked: dict[str, Any], handler: Any, module: ModuleType, runner: Runner) -> None:
    """Decline, or say, what is asked for and not done."""
    if asked.get("ssl_context") is not None:
        runner.decline(
            _NO_HTTPS,
            hint="leave ssl_context out, and let a reverse proxy such as nginx speak https",
        )
    if handler is not None:
        changed = changed_answers(handler, module.WSGIRequestHandler)
        if changed:
            runner.decline(
                f"request_handler={handler.__name__} changes {', '.join(changed)} of the "
                "development server, which is not used",
                hint="do it in the app, with before_request or a WSGI middleware",
            )
    if asked.get("processes", 1) > 1:
        runner.note(
            f"processes={asked['processes']}: a script as it is runs in one process, with threads"
        )


def _decline_tls(server: Any, runner: Runner) -> None:
    """A script may wrap the socket by itself: ``server.socket = context.wrap_socket(...)``."""
    if type(server.socket) is not socket.socket:
        runner.decline(
            f"the server's socket is {type(server.socket).__name__}, and uncork serve speaks no "
            "https",
            hint="leave the socket alone, and let a reverse proxy such as nginx speak https",
        )


def _threads(asked: dict[str, Any]) -> int | None:
    """One thread, if the script asks for one request at a time; Flask.run asks for many."""
    return None if asked["threaded"] or asked["processes"] > 1 else 1


def _address(host: str, port: int) -> Address:
    if host.startswith(_UNIX):
        return UnixAddress(host.removeprefix(_UNIX))
    return TcpAddress(host, port)
