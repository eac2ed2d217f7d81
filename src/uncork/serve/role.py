"""Which of a process's servers is the app: the options are for that one.

Scripts run servers beside their app: ``prometheus_client.start_http_server``,
a health endpoint, a local callback of a log-in. They go on listening where they
do, and neither ``--port`` nor systemd's socket nor the word that the app is up
is theirs.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
import time
from types import BuiltinMethodType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from uncork.serve.native import in_main_thread, main_frame, main_ident

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_LOOKED_AT = 500
"""How many objects `flasks_in` looks at, at most; a chain of middlewares is a dozen."""
_STEP = 0.02
_IDLE = 0.2
"""Seconds without a step, after which a main thread is taken to wait for good."""
_PATIENCE = 2.0
"""Seconds that a server in a thread waits for the main thread, at most."""
_CPU_NOISE = 0.001


def is_beside(application: Any, *, made: bool) -> bool:
    """Whether a server is one beside the app, as far as can be told when it asks where to listen.

    Args:
        application: what it serves; None is not known.
        made: it is only made here. Which thread will run it is not known then.
    """
    if application is None or "flask" not in sys.modules or holds_flask(application):
        return False
    return made or not in_main_thread()


def holds_flask(application: Any) -> bool:
    """Whether a WSGI application is a Flask object, or middleware around one."""
    return next(flasks_in(application), None) is not None


def flasks_in(application: Any) -> Iterator[Any]:
    """The Flask objects in a WSGI application: itself, or what middleware wraps.

    Middleware keeps that in an attribute, a dictionary of prefixes or a closure; a
    function of the script names it. Nothing is called, and attributes that are
    computed are passed over.
    """
    flask: Any = getattr(sys.modules.get("flask"), "Flask", None)
    if flask is None:
        return
    seen: set[int] = set()
    waiting = [application, *_named_by(application)]
    while waiting and len(seen) < _LOOKED_AT:
        found = waiting.pop(0)
        if id(found) in seen:
            continue
        seen.add(id(found))
        # By its type: a proxy such as flask.current_app has nothing behind it here.
        if issubclass(type(found), flask):
            yield found
            continue
        with contextlib.suppress(Exception):  # Whatever a strange object does when it is looked at.
            waiting.extend(each for each in _held_by(found) if _may_lead_on(each))


def _may_lead_on(value: Any) -> bool:
    """WSGI applications can be called; classes and modules lead everywhere."""
    if isinstance(value, type | ModuleType | BuiltinMethodType):
        return False
    return callable(value) or isinstance(value, dict | list | tuple)


def _held_by(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, MethodType):
        return [value.__self__, value.__func__]
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    held = list(object.__getattribute__(value, "__dict__").values())
    if isinstance(value, FunctionType):
        held.extend(value.__defaults__ or ())
        for cell in value.__closure__ or ():
            with contextlib.suppress(ValueError):  # not bound yet
                held.append(cell.cell_contents)
    return held


def _named_by(application: Any) -> list[Any]:
    """The global objects that an application's own code names."""
    function = application
    if not isinstance(function, FunctionType):
        function = getattr(type(application), "__call__", None)  # noqa: B004 - its code is asked for
    if not isinstance(function, FunctionType):
        return []
    names = function.__code__.co_names
    named = [function.__globals__[name] for name in names if name in function.__globals__]
    return [value for value in named if _may_lead_on(value)]


def wait_for_main_thread(decided: Callable[[], bool]) -> None:
    """Let the main thread run the app first, if it is about to.

    A script may start a server in a thread and then run its app: the options
    are the app's. So a thread waits until the main thread has decided, has ended,
    or makes no step any more: it sleeps, joins or waits for a signal.

    Args:
        decided: whether another server has got the options meanwhile.
    """
    main = threading.main_thread()
    deadline = time.monotonic() + _PATIENCE
    idle_since, before = time.monotonic(), _main_state()
    while not decided() and main.is_alive() and time.monotonic() < deadline:
        time.sleep(_STEP)
        now = _main_state()
        if now[:2] != before[:2] or now[2] - before[2] > _CPU_NOISE:
            idle_since, before = time.monotonic(), now
        elif time.monotonic() - idle_since > _IDLE:
            return


def _main_state() -> tuple[int, int, float]:
    """The main thread's frame, where in it it is, and the seconds of CPU that it has used."""
    frame = main_frame()
    used = 0.0
    with contextlib.suppress(OSError):
        used = time.clock_gettime(time.pthread_getcpuclockid(main_ident()))
    return id(frame), frame.f_lasti if frame else -1, used
