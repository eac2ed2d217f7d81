"""werkzeug's development server, which Flask.run, Dash and ``flask run`` end in.

Flask.run reads .env, SERVER_NAME and ports given as text, then calls
``werkzeug.serving.run_simple``. A script may also call ``make_server(...)`` and
its ``serve_forever()``. Read in werkzeug 3.1's serving.py; arguments are bound
by the installed version's own signature, so that other versions fit.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

from uncork.serve.listen import Address, TcpAddress, UnixAddress
from uncork.serve.runner import RunCall

if TYPE_CHECKING:
    from types import ModuleType

    from uncork.serve.runner import Runner

_UNIX = "unix://"
_HARMLESS = (
    "log",
    "protocol_version",
    "server_version",
    "sys_version",
    "address_string",
    "version_string",
)
"""What a request handler may override without changing an answer: it only logs, or names itself."""


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
    _patch_server(module.BaseWSGIServer, module, runner)


def patch_banner(module: ModuleType, runner: Runner) -> None:  # noqa: ARG001 - a patch's parameters
    """Flask's banner is about the development server and its debug mode, which are not used."""
    module.show_server_banner = _no_banner  # type: ignore[attr-defined]


PATCHES = {"werkzeug.serving": patch_serving, "flask.cli": patch_banner}


def _no_banner(*_args: Any, **_kwargs: Any) -> None:
    pass


def _run_simple(asked: dict[str, Any], module: ModuleType, runner: Runner) -> None:
    if not isinstance(asked["port"], int):
        raise TypeError("port must be an integer")  # werkzeug's own words
    application = asked["application"]
    _check(asked, asked["request_handler"], module, runner)
    if asked["static_files"]:
        from werkzeug.middleware.shared_data import SharedDataMiddleware  # noqa: PLC0415

        application = SharedDataMiddleware(application, asked["static_files"])
    _without_debug(asked["application"])
    runner.run(
        RunCall(application, threads=_threads(asked)), [_address(asked["hostname"], asked["port"])]
    )


def _patch_server(server_class: type, module: ModuleType, runner: Runner) -> None:
    """Give every server object our sockets when it is made, and our loop when it serves."""
    kind: Any = server_class
    signature = inspect.signature(kind.__init__)
    original = kind.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it replaces one
        asked = signature.bind(self, *args, **kwargs)
        asked.apply_defaults()
        _check(asked.arguments, asked.arguments["handler"], module, runner)
        listeners = runner.claim([_address(asked.arguments["host"], int(asked.arguments["port"]))])
        first = listeners[0]
        asked.arguments.update(host=first.host, port=first.port, fd=first.socket.fileno())
        original(*asked.args, **asked.kwargs)
        threads = None if self.multithread else 1
        self._uncork = (RunCall(self.app, threads=threads), listeners)
        self._uncork_server = None

    def serve_forever(self: Any, poll_interval: float = 0.5) -> None:  # noqa: ARG001 - werkzeug's parameter
        call, listeners = self._uncork
        _without_debug(call.application)
        self._uncork_server = runner.server(call, listeners)
        try:
            runner.serve(self._uncork_server, listeners, call)
        finally:
            self.server_close()

    def shutdown(self: Any) -> None:
        if self._uncork_server is not None:
            self._uncork_server.shutdown()

    closing = kind.server_close

    def server_close(self: Any) -> None:
        closing(self)  # Its own copy of the first socket.
        for listener in getattr(self, "_uncork", (None, ()))[1]:
            listener.close()

    kind.__init__ = functools.wraps(original)(__init__)
    kind.serve_forever = functools.wraps(kind.serve_forever)(serve_forever)
    kind.server_close = functools.wraps(closing)(server_close)
    kind.shutdown = functools.wraps(kind.shutdown)(shutdown)


def _check(asked: dict[str, Any], handler: Any, module: ModuleType, runner: Runner) -> None:
    """Decline, or say, what is asked for and not done."""
    if asked.get("ssl_context") is not None:
        runner.decline(
            "ssl_context asks for https, which uncork serve does not speak",
            hint="leave ssl_context out, and let a reverse proxy such as nginx speak https",
        )
    if handler is not None:
        changed = _overridden(handler, module.WSGIRequestHandler)
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


def _overridden(handler: type, base: type) -> list[str]:
    """What a request handler changes of an answer."""
    own = [kind for kind in handler.__mro__ if issubclass(kind, base) and kind is not base]
    names = {name for kind in own for name in vars(kind) if not name.startswith("__")}
    return sorted(name for name in names if not name.startswith(_HARMLESS))


def _threads(asked: dict[str, Any]) -> int | None:
    """One thread, if the script asks for one request at a time; Flask.run asks for many."""
    return None if asked["threaded"] or asked["processes"] > 1 else 1


def _without_debug(application: Any) -> None:
    """Debug off: it would answer errors with tracebacks, and offer a console."""
    if getattr(application, "debug", False) is True:
        application.debug = False


def _address(host: str, port: int) -> Address:
    if host.startswith(_UNIX):
        return UnixAddress(host.removeprefix(_UNIX))
    return TcpAddress(host, port)
