"""One of granian's processes: loads the application, and ends as the app expects.

multiprocessing's processes end without atexit, and outlive a killed parent; granian's
worker sets its signal handlers behind the loader (_signals.py, mp.py of 2.8).
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Any, NoReturn

from uncork.serve.processes.loading import Loading
from uncork.serve.processes.reports import READY
from uncork.serve.signals import Signals

if TYPE_CHECKING:
    from collections.abc import Callable

    from uncork.serve.options import ServeOptions
    from uncork.serve.processes.reports import Reports
    from uncork.serve.provide import Waitress

FAILED = "failed"
"""What a worker reports that can't load the app; behind it the exit status."""
_CALM = 0.5
_TURN = 1.0


def load(
    target: str,
    options: ServeOptions,
    waitress: Waitress,
    reports: Reports,
    drain_timeout: float,
) -> Any:
    """Load the application in this process, and report that.

    Args:
        target: the import string.
        options: flags and environment variables.
        waitress: part of a `Runner`.
        reports: to the first process.
        drain_timeout: in seconds.

    Returns:
        The application; where there is none this waits for the end of the process.
    """
    os.environ.pop("NOTIFY_SOCKET", None)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, _ignore)
    _calm_signals()
    why = "granian serves it in processes of its own"
    signals = Signals(drain_timeout)
    runner = Loading(target, options, waitress, signals, why, reports.may_speak)
    status = runner.load()
    if runner.application is None:
        _fail(reports, status)
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    Finalize(None, atexit._run_exitfuncs, exitpriority=-1)  # noqa: SLF001 - what os._exit leaves out
    reports.say(READY)
    return runner.behind_proxies(runner.application)


def _fail(reports: Reports, status: Any) -> NoReturn:
    """Tell the first process, and wait for the end: granian would start another one."""
    if not isinstance(status, int):
        sys.stderr.write(f"{status}\n" if status else "")
        status = 1
    reports.say(FAILED, str(status or 1))
    while True:
        signal.pause()


def _calm_signals() -> None:
    """Have granian's worker act on a signal once, and again no sooner than half a second later.

    Its handler sets a threading.Event (_signals.py, mp.py 354), whose lock is not
    reentrant: a second signal that comes meanwhile, such as systemd's to all processes
    and then the first one's, hangs the worker.
    """
    import granian._signals as module  # noqa: PLC0415 - it is there

    original = module.set_main_signals

    def set_main_signals(handler: Callable[..., None], *more: Any) -> None:
        last = -_CALM

        def calm(number: int, frame: object) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= _CALM:
                last = now
                handler(number, frame)

        original(calm, *more)

    module.set_main_signals = set_main_signals


def _leave_with(parent: int) -> None:
    """In a thread: granian's workers would outlive a first process that is killed."""
    while os.getppid() == parent:
        time.sleep(_TURN)
    os.kill(os.getpid(), signal.SIGTERM)


def _ignore(_number: int, _frame: object) -> None:
    """Not SIG_IGN: children of the app would inherit that."""
