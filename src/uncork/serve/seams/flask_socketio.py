"""Flask-SocketIO's own run call.

``SocketIO.run`` starts the server of its async mode: flask_socketio/__init__.py.
In threading mode that is ``app.run``, behind a test for a terminal and words
about the development server, neither of which is to the point here; so what is
left of it is done instead. In eventlet and gevent mode it goes on to their
servers, without the reloader and without the debugger that it would wrap around
the app.
"""

from __future__ import annotations

import functools
import importlib.util
from typing import TYPE_CHECKING, Any

from uncork.serve.options import DEFAULT_HOST, DEFAULT_PORT

if TYPE_CHECKING:
    from types import ModuleType

    from uncork.serve.runner import Runner

_ITS_OWN = (
    "debug",
    "use_reloader",
    "log_output",
    "extra_files",
    "reloader_options",
    "allow_unsafe_werkzeug",
)
"""What run() takes out of its keyword arguments; the rest is for the server."""


def patch_run(module: ModuleType, runner: Runner) -> None:
    """Replace SocketIO.run."""
    kind = module.SocketIO
    original = kind.run

    @functools.wraps(original)
    def run(self: Any, app: Any, host: Any = None, port: Any = None, **kwargs: Any) -> None:
        debug = kwargs.get("debug", getattr(app, "debug", False))
        if kwargs.get("use_reloader", debug):
            runner.reload_asked()
        if self.server.eio.async_mode == "threading":
            _run_threading(app, host, port, kwargs, runner)
        else:
            original(self, app, host, port, **{**kwargs, "debug": False, "use_reloader": False})

    kind.run = run


PATCHES = {"flask_socketio": patch_run}


def _run_threading(app: Any, host: Any, port: Any, kwargs: dict[str, Any], runner: Runner) -> None:
    if importlib.util.find_spec("simple_websocket") is None:
        runner.note(
            "without the package simple-websocket, Socket.IO's clients fall back to long polling"
        )
    asked = {name: value for name, value in kwargs.items() if name not in _ITS_OWN}
    app.run(
        host=DEFAULT_HOST if host is None else host,
        port=_port(app) if port is None else port,
        threaded=True,
        **asked,
    )


def _port(app: Any) -> int:
    """As run() has it: from SERVER_NAME, but not the host."""
    _, colon, port = (app.config["SERVER_NAME"] or "").rpartition(":")
    return int(port) if colon else DEFAULT_PORT
