"""ASGI servers started from code are declined: uvicorn and hypercorn, which all others end in.

Quart's ``app.run()`` calls ``hypercorn.asyncio.serve``, connexion 3's ``uvicorn.run``.
Read in uvicorn 0.54's main.py and server.py, hypercorn 0.18's asyncio/__init__.py and
run.py, Quart 0.22's app.py, connexion 3.3's middleware/main.py.

A server in a daemon thread beside a Flask app stays as it is: it ends with the process.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

from uncork.serve.role import flasks_in, is_beside

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from uncork.serve.runner import Runner

_FACT = "this is an ASGI application, and uncork serves WSGI"
_WRAPPERS = ("WsgiToAsgi", "WSGIMiddleware", "AsyncioWSGIMiddleware", "TrioWSGIMiddleware")
"""asgiref's, then a2wsgi's, uvicorn's and Starlette's, then hypercorn's."""


def patch_run(module: ModuleType, runner: Runner) -> None:
    """Decline ``run(app, ...)``, ``serve(app, config)`` and ``run(config)``."""
    for name in ("run", "serve"):
        original = getattr(module, name, None)
        if original is not None:
            setattr(module, name, _declining(original, runner))


def patch_server(module: ModuleType, runner: Runner) -> None:
    """Decline ``uvicorn.Server(config).run()`` and ``.serve()``."""
    kind: Any = module.Server
    for name in ("run", "serve"):
        setattr(kind, name, _declining(getattr(kind, name), runner))


PATCHES = {
    "uvicorn.main": patch_run,
    "uvicorn.server": patch_server,
    "hypercorn.asyncio": patch_run,
    "hypercorn.trio": patch_run,
    "hypercorn.run": patch_run,
}


def _declining(original: Callable[..., Any], runner: Runner) -> Callable[..., Any]:
    @functools.wraps(original)
    def declined(*args: Any, **kwargs: Any) -> Any:
        application = _application(args, kwargs)
        if threading.current_thread().daemon and is_beside(application, made=False):
            return original(*args, **kwargs)
        wrapped = _wraps_wsgi(application)
        return runner.decline(
            "an ASGI server runs a WSGI app here" if wrapped else _FACT,
            hint=(
                "run the Flask object itself, with app.run()"
                if wrapped
                else "an ASGI server runs it, such as hypercorn or uvicorn"
            ),
        )

    return declined


def _application(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What is to be served: itself, or in a server's ``config``; "", nobody knows."""
    first = args[0] if args else kwargs.get("app", "")
    config = getattr(first, "config", None)
    return getattr(config, "app", first) if config is not None else first


def _wraps_wsgi(application: Any) -> bool:
    known = type(application).__name__ in _WRAPPERS
    return known or any(each is application for each in flasks_in(application))
