"""Dash's development tools, which ``debug=True`` switches on, stay off.

``Dash.run`` and ``run_server`` end in Flask.run, so in werkzeug's seam. On the way
they call ``enable_dev_tools``, which would have browsers ask for a reload every
three seconds, watch folders, and answer errors with tracebacks. Scripts call it
themselves, too. Read in dash.py of Dash 1.21, 2.9 and 4.4; the parameters are
bound by name, since later versions have more.

Dash 4 on FastAPI or Quart is an ASGI application: its backend's ``run``, which starts
the script once more below uvicorn (backends/_fastapi.py 403), is declined.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import logging
    from types import ModuleType

    from uncork.serve.runner import Runner

_OFF = (
    "ui",
    "props_check",
    "serve_dev_bundles",
    "hot_reload",
    "prune_errors",
    "validate_callbacks",
)
"""What follows ``debug`` unless an argument or a variable says otherwise: _setup_dev_tools."""
_BANNER = "Dash is running on "


def patch(module: ModuleType, runner: Runner) -> None:  # noqa: ARG001 - a patch's parameters
    """Replace enable_dev_tools."""
    kind: Any = module.Dash
    original = kind.enable_dev_tools
    signature = inspect.signature(original)

    @functools.wraps(original)
    def enable_dev_tools(self: Any, *args: Any, **kwargs: Any) -> Any:
        asked = signature.bind(self, *args, **kwargs)
        off = {f"dev_tools_{name}": False for name in _OFF}
        known = {name: value for name, value in off.items() if name in signature.parameters}
        asked.arguments.update(known, debug=False)
        # It names the port that the script said, in vain if an option says another.
        self.logger.addFilter(_without_banner)
        return original(*asked.args, **asked.kwargs)

    kind.enable_dev_tools = enable_dev_tools


def patch_fastapi(module: ModuleType, runner: Runner) -> None:
    """Decline Dash on FastAPI."""
    _decline(module.FastAPIDashServer, "FastAPI", runner)


def patch_quart(module: ModuleType, runner: Runner) -> None:
    """Decline Dash on Quart."""
    _decline(module.QuartDashServer, "Quart", runner)


PATCHES = {
    "dash.dash": patch,
    "dash.backends._fastapi": patch_fastapi,
    "dash.backends._quart": patch_quart,
}


def _decline(kind: Any, name: str, runner: Runner) -> None:
    @functools.wraps(kind.run)
    def run(*_args: Any, **_kwargs: Any) -> None:
        runner.decline(
            f"Dash on {name} is an ASGI application, and uncork serves WSGI",
            hint="leave backend= out, and Dash runs on Flask",
        )

    kind.run = run


def _without_banner(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(_BANNER)
