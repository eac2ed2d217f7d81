"""Threads as the system knows them, whatever a script has monkey-patched since.

``gevent.monkey.patch_all()`` and ``eventlet.monkey_patch()`` replace functions in
the modules of the standard library: `threading.current_thread` then tells
greenlets apart, `threading.Thread` is a greenlet, ``main_thread().ident`` the
address of one (gevent/monkey/_patch_thread_common.py, patch_main_thread_cleanup),
and ``os.write`` may switch to another. What a signal handler calls, and what asks
which thread this is, is taken here, when nothing of the script has run yet.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident, start_new_thread
from os import write
from time import monotonic, sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__all__ = ["get_ident", "in_main_thread", "main_frame", "main_ident", "watch", "write"]

_main = get_ident()
_STEP = 0.02


def _forked() -> None:
    global _main  # noqa: PLW0603 - the thread that forks is the child's only one
    _main = get_ident()


os.register_at_fork(after_in_child=_forked)


def main_ident() -> int:
    """The main thread's number, as `signal.pthread_kill` takes it."""
    return _main


def in_main_thread() -> bool:
    """Whether this is the main thread, in whichever of its greenlets."""
    return get_ident() == _main


def main_frame() -> FrameType | None:
    """What the main thread does now."""
    return sys._current_frames().get(_main)  # noqa: SLF001 - documented, for debugging


def watch(ended: Callable[[], bool], seconds: float, otherwise: Callable[[], None]) -> None:
    """Call something after a while, in a thread of its own, unless an end has come by then.

    A thread that is none in truth would call it inside the very loop that may hang.

    Args:
        ended: whether it has; asked in that thread.
        seconds: how long to wait.
        otherwise: what is called.
    """
    deadline = monotonic() + seconds

    def waiting() -> None:
        while not ended():
            if monotonic() >= deadline:
                otherwise()
                return
            sleep(_STEP)

    start_new_thread(waiting, ())
