"""bjoern, a server in C: served by ours, one request at a time as bjoern does.

bjoern runs every request in one thread and stops on SIGINT only, wherever it is;
SIGTERM ends the process in the middle of a request. Read in bjoern.py of 3.2:
``run`` is ``listen`` and ``server_run``, and a script may call these itself.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

from uncork.serve.interrupt import interrupt_script
from uncork.serve.listen import Address, TcpAddress, UnixAddress
from uncork.serve.made import Made
from uncork.serve.runner import RunCall

if TYPE_CHECKING:
    import socket
    from types import ModuleType

    from uncork.serve.runner import Runner

_UNIX = "unix:"


def patch(module: ModuleType, runner: Runner) -> None:
    """Replace listen, run and server_run."""
    signature = inspect.signature(module.listen)
    listening: list[tuple[Made, Any]] = []

    @functools.wraps(module.listen)
    def listen(*args: Any, **kwargs: Any) -> socket.socket:
        if listening:
            raise RuntimeError("Only one global server instance possible")  # bjoern's own words
        asked = signature.bind(*args, **kwargs)
        asked.apply_defaults()
        said = asked.arguments
        if said["reuse_port"]:
            runner.note("reuse_port=True: this process listens alone")
        address = _address(said["host"], said["port"], runner)
        listening.append((Made(runner, said["wsgi_app"], [address]), said["wsgi_app"]))
        return listening[0][0].listeners[0].socket

    @functools.wraps(module.run)
    def run(*args: Any, **kwargs: Any) -> None:
        _check_statsd(kwargs.pop("statsd", None), runner)
        if args or kwargs:
            listen(*args, **kwargs)
        if not listening:
            raise RuntimeError("Must call bjoern.listen(wsgi_app, host, ...) first")
        made, application = listening.pop()
        _serve(made, application, runner)

    @functools.wraps(module.server_run)
    def server_run(sock: socket.socket, wsgi_app: Any, statsd: Any = None) -> None:
        _check_statsd(statsd, runner)
        made = next((made for made, _ in listening if made.listeners[0].socket is sock), None)
        listening.clear()
        if made is None:
            host, port = sock.getsockname()[:2]
            made = Made(runner, wsgi_app, [TcpAddress(host, port)], [sock], made=False)
        _serve(made, wsgi_app, runner)

    module.listen, module.run, module.server_run = listen, run, server_run  # type: ignore[attr-defined]


PATCHES = {"bjoern": patch}


def _serve(made: Made, application: Any, runner: Runner) -> None:
    made.serve(RunCall(application, threads=1))
    if runner.is_stopping:
        interrupt_script()


def _check_statsd(statsd: Any, runner: Runner) -> None:
    if statsd and statsd.get("enable"):
        runner.decline(
            "statsd= has bjoern count its requests, and bjoern is not used",
            hint="count them in the app, with before_request or a WSGI middleware",
        )


def _address(host: str, port: int | None, runner: Runner) -> Address:
    if not host.startswith(_UNIX):
        return TcpAddress(host, int(port or 0))
    path = host.removeprefix(_UNIX)
    if path.startswith("@"):
        runner.decline(
            "an abstract unix socket has no file, and no rights that guard it",
            hint="give the socket a path",
        )
    return UnixAddress(path)
