"""cheroot, CherryPy's server: served by ours, with the stop that drains.

Read in wsgi.py and server.py of cheroot 8 to 11. All ways of running a server
pass through ``prepare``, ``serve`` and ``stop``: ``start`` is the first two, and
``safe_start`` is ``start``. Attributes such as ``ssl_adapter`` may be set until then.

CherryPy's own engine is declined: it restarts the process when a file changes,
and waits for the port that *it* was told.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from uncork.serve.interrupt import interrupt_script
from uncork.serve.listen import Address, TcpAddress, UnixAddress
from uncork.serve.made import Made, bypassed
from uncork.serve.runner import RunCall

if TYPE_CHECKING:
    from types import ModuleType

    from uncork.serve.runner import Runner

_LIBRARIES = ("cheroot.wsgi", "cheroot.server", "builtins")
_BYPASSED = ("tick", "process_conn", "bind", "bind_socket", "prepare_socket", "serve", "prepare")
_LIMITS = ("max_request_body_size", "max_request_header_size")
"""Of cheroot's server objects and waitress's adjustments alike; 0 is none in cheroot."""


def patch_wsgi(module: ModuleType, runner: Runner) -> None:
    """Replace what a server object does when it listens, serves and stops."""
    kind: Any = module.Server
    gateways = set(module.wsgi_gateways.values())
    preparing, serving, stopping = kind.prepare, kind.serve, kind.stop

    def prepare(self: Any) -> None:
        _check(self, gateways, runner)
        self._uncork = Made(runner, self.wsgi_app, [_address(self.bind_addr, runner)])
        first = self._uncork.listeners[0]
        self.bind_addr = first.socket.getsockname()[:2] if first.port else self.bind_addr
        self.socket = first.socket
        self.ready = True

    def serve(self: Any) -> None:
        call = RunCall(self.wsgi_app, threads=_threads(self), adjustments=_adjustments(self))
        try:
            self._uncork.serve(call)
        finally:
            self.ready = False
        if runner.is_stopping:
            interrupt_script()

    def stop(self: Any) -> None:
        made = getattr(self, "_uncork", None)
        if made is not None and self.ready:
            self.ready = False
            made.shutdown()
            made.close()

    kind.prepare = functools.wraps(preparing)(prepare)
    kind.serve = functools.wraps(serving)(serve)
    kind.stop = functools.wraps(stopping)(stop)


def patch_cherrypy(module: ModuleType, runner: Runner) -> None:
    """Decline CherryPy's engine before it starts: half started, it would end by ``os._exit``."""
    kind: Any = module.Bus

    def start(self: Any) -> None:  # noqa: ARG001 - a method
        runner.decline(
            "CherryPy's engine runs this app: it restarts the process by itself and waits for a "
            "port of its own",
            hint="run the Flask object with app.run(), cheroot or waitress",
        )

    kind.start = functools.wraps(kind.start)(start)


PATCHES = {"cheroot.wsgi": patch_wsgi, "cherrypy.process.wspbus": patch_cherrypy}


def _check(server: Any, gateways: set[Any], runner: Runner) -> None:
    if getattr(server, "ssl_adapter", None) is not None:
        runner.decline(
            "ssl_adapter asks for https, which uncork serve does not speak",
            hint="leave it out, and let a reverse proxy such as nginx speak https",
        )
    changed = bypassed(type(server), _LIBRARIES, _BYPASSED)
    if server.gateway not in gateways:
        changed.append("gateway")
    if getattr(server, "peercreds_enabled", False):
        changed.append("peercreds_enabled")
    if getattr(server, "reuse_port", False):
        runner.note("reuse_port=True: this process listens alone")
    if changed:
        runner.decline(
            f"{type(server).__name__} changes {', '.join(changed)} of cheroot, which is not used",
            hint="do it in the app, with before_request or a WSGI middleware",
        )


def _address(bind_addr: Any, runner: Runner) -> Address:
    if isinstance(bind_addr, bytes):
        bind_addr = bind_addr.decode("utf-8", "surrogateescape")
    if isinstance(bind_addr, str):
        if bind_addr.startswith("\0"):
            runner.decline(
                "an abstract unix socket has no file, and no rights that guard it",
                hint="give the socket a path",
            )
        return UnixAddress(bind_addr)
    host, port = bind_addr[:2]
    return TcpAddress(host, int(port))


def _threads(server: Any) -> int | None:
    number = server.numthreads
    return int(number) if number else None


def _adjustments(server: Any) -> dict[str, Any]:
    limits = {name: getattr(server, name) for name in _LIMITS if getattr(server, name, 0)}
    if server.server_name and server.server_name != server.version:
        return {**limits, "ident": server.server_name, "server_name": server.server_name}
    return limits
