"""``--processes``: from the options to the exit status."""

from __future__ import annotations

import gc
import importlib.util
import signal
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from uncork.errors import DeclinedError, UncorkError
from uncork.serve.listen import bind_all, choose_addresses
from uncork.serve.logs import say, tell
from uncork.serve.options import AUTO
from uncork.serve.processes.cpus import usable_cpus
from uncork.serve.processes.loading import Loading
from uncork.serve.server import count
from uncork.serve.signals import STOP_SIGNALS, Signals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uncork.serve.listen import Listener
    from uncork.serve.notify import Watchdog
    from uncork.serve.options import ServeOptions
    from uncork.serve.processes.worker import Boot
    from uncork.serve.provide import Waitress

OLDEST = (23,)
"""Tried with 23.0, 25.0 and 27.0."""


def serve_processes(
    target: str,
    options: ServeOptions,
    waitress: Waitress,
    inherited: Sequence[Listener],
    watchdog: Watchdog,
) -> NoReturn:
    """Serve an import string in several processes, and exit.

    Args:
        target: the import string.
        options: with ``processes``.
        waitress: which one serves.
        inherited: systemd's sockets.
        watchdog: the service manager's.
    """
    try:
        _need_gunicorn()
        listeners = list(inherited) or bind_all(choose_addresses((), options))
    except UncorkError as error:
        say(error)
        sys.exit(error.status)
    from uncork.serve.processes.master import Master, settings  # noqa: PLC0415 - gunicorn is there
    from uncork.serve.processes.reports import Reports  # noqa: PLC0415
    from uncork.serve.processes.shares import Shares  # noqa: PLC0415
    from uncork.serve.processes.worker import Boot  # noqa: PLC0415

    size = usable_cpus() if options.processes == AUTO else int(options.processes or 1)
    boot = Boot(target, options, waitress, listeners, Reports(), Shares())
    boot = replace(boot, cfg=settings(target, size, boot.drain_timeout + 5))
    if options.preload:
        boot = _preloaded(boot)
    sys.exit(Master(boot, size, watchdog).run())


def _need_gunicorn() -> None:
    install = f"{sys.executable} -m pip install"
    if importlib.util.find_spec("gunicorn") is None:
        raise DeclinedError(
            f"--processes needs gunicorn, and {sys.executable} can't import it",
            hint=f"{install} gunicorn",
        )
    import gunicorn  # noqa: PLC0415

    if gunicorn.version_info < OLDEST:
        raise DeclinedError(
            f"--processes needs gunicorn {OLDEST[0]} or newer, and {sys.executable} has "
            f"{gunicorn.__version__}",
            hint=f"{install} 'gunicorn>={OLDEST[0]}'",
        )


def _preloaded(boot: Boot) -> Boot:
    """Load the app here, before the first fork, so that all processes share its memory.

    Raises:
        SystemExit: it can't be loaded; already said on stderr.
    """
    signals = Signals(boot.drain_timeout)
    runner = Loading(
        boot.target,
        boot.options,
        boot.waitress,
        signals,
        "--preload imports it in a process that serves nobody",
    )
    signal.signal(signal.SIGTERM, runner.leave)
    status = runner.load()
    if runner.application is None:
        sys.exit(status)
    _tell_threads()
    # The collector would write into each object that it looks at, and unshare its page.
    gc.collect()
    gc.freeze()
    found: dict[int, Any] = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    handlers = {n: each for n, each in found.items() if each not in {runner.leave, None}}
    return replace(boot, application=runner.application, handlers=handlers)


def _tell_threads() -> None:
    names = [each.name for each in threading.enumerate() if each is not threading.main_thread()]
    if names:
        tell(
            f"the app has started {count(len(names), 'thread')} ({', '.join(names)}): under "
            "--preload what they do is done in the first process alone, which serves nobody"
        )
