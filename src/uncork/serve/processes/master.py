"""gunicorn's master over workers of ours, its traps taken out.

What is gunicorn's: forking a worker (`Arbiter.spawn_worker`), and killing one
whose loop has stopped turning (`Arbiter.murder_workers`). Read in 23.0's and
27.0's arbiter.py, whose other parts do what must not happen here:

- `start` tells systemd READY before a worker exists, and `run` makes a control
  socket in the user's home (27.0, 25.1 on). Neither is called.
- `reload` kills the old workers before the new ones have loaded the app, and
  reads it in the master under preload_app, which a broken app ends.
- `reap_workers` ends the master if a worker fails to start, also one that was to
  replace another; and it waits for any child, also the app's own.
- `handle_int` cuts requests off; `stop` waits in steps of 0.1 s.
- `murder_workers` counts the time that loading the app takes.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
import traceback
from collections import deque
from typing import TYPE_CHECKING, Any

from gunicorn.arbiter import Arbiter
from gunicorn.config import Config

from uncork.serve.listen import tell_elsewhere
from uncork.serve.logs import tell
from uncork.serve.notify import Watchdog, ready, reloading, stopping
from uncork.serve.processes.fleet import Event, Fleet
from uncork.serve.processes.reports import CLOSED, READY
from uncork.serve.processes.terminal import Terminal
from uncork.serve.processes.worker import Worker

if TYPE_CHECKING:
    from types import FrameType

    from uncork.serve.processes.worker import Boot

_BEHIND_DRAIN = 5.0
"""Seconds that a worker gets behind its drain timeout, for exit handlers."""
_HUNG = 60
"""Seconds without a turn of a worker's loop: an extension may hold the GIL that long."""
_CUT = 2.0
"""Seconds from a second signal until what still runs is killed."""
_STOPS = {signal.SIGTERM, signal.SIGINT}
_HANDLED = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGHUP,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGWINCH,
    signal.SIGCHLD,
)


class Master(Arbiter):  # type: ignore[misc]
    """Starts, watches, reloads and stops the workers.

    Args:
        boot: what they serve.
        size: how many of them.
        watchdog: the service manager's.
    """

    WORKERS: dict[int, Any]

    def __init__(self, boot: Boot, size: int, watchdog: Watchdog) -> None:
        named = os.environ.get("SERVER_SOFTWARE")
        super().__init__(boot)
        # gunicorn says its name there, and apps would believe that it serves them.
        os.environ.pop("SERVER_SOFTWARE", None)
        if named is not None:
            os.environ["SERVER_SOFTWARE"] = named
        self.WORKERS = {}
        self.LISTENERS: list[Any] = [each.socket for each in boot.listeners]
        self._boot = boot
        self._reports = boot.reports
        self._fleet = Fleet(size, boot.drain_timeout + _BEHIND_DRAIN)
        self._watchdog = watchdog
        self._signals: deque[int] = deque()
        self._how = ""
        self._status: int | None = None
        self._open: set[int] = set()
        self._reloaded = False
        self._terminal = Terminal()

    def run(self) -> int:
        """Serve until a signal or a failure ends it; returns the exit status.

        A worker leaves this call, too, by SystemExit.
        """
        self.pid = os.getpid()
        self._wake, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        for number in _HANDLED:
            signal.signal(number, self._note)
        alive = self._watchdog.attach()
        while self._status is None or self.WORKERS:
            self._carry_out()
            self._wait()
            self._act()
            alive()
        self._close()
        return self._status

    # --- one turn ----------------------------------------------------------

    def _carry_out(self) -> None:
        plan = self._fleet.plan(time.monotonic())
        if plan.spawn:
            self._reports.new_batch()
        for _ in range(plan.spawn):
            pid = self.spawn_worker()
            self._fleet.born(pid)
            self._open.add(pid)
        for pid in plan.retire:
            self._reports.will_ask(self.WORKERS[pid].age)
            self.kill_worker(pid, signal.SIGTERM)
        for pid in plan.kill:
            self.kill_worker(pid, signal.SIGKILL)

    def spawn_worker(self) -> int:
        """A worker; a signal that comes while it is forked reaches its own handlers."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
        pid: int = super().spawn_worker()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
        return pid

    def _wait(self) -> None:
        """For a signal or a report, but no longer than a turn: heartbeats go by the clock."""
        select.select([self._wake, self._reports.fileno()], [], [], self._watchdog.turn)
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake, 4096)

    def _act(self) -> None:
        while self._signals:
            self._handle(self._signals.popleft())
        now = time.monotonic()
        for report in self._reports.read():
            if report.word == READY:
                self._fleet.ready(report.pid, now)
                self._how = report.text
            elif report.word == CLOSED:
                self._fleet.leaves(report.pid, now)
                self._open.discard(report.pid)
        self.reap_workers()
        self.murder_workers()
        if self._status is None:
            self._settle()
        elif not self._open:
            self._close()

    def _settle(self) -> None:
        """A reload is over when the old ones accept no more: what comes now meets the new app."""
        self._tell(self._fleet.settle())
        if self._reloaded and not any(self._fleet.is_old(pid) for pid in self._open):
            self._reloaded = False
            tell(f"reloaded: {self._serving}")
            self._ready()
        if self._fleet.asked_again() and not self._reloaded:
            self._reload()

    def _close(self) -> None:
        """No worker accepts any more: a client is refused, instead of waiting for nobody."""
        for listener in self._boot.listeners:
            listener.close()

    # --- what happens -------------------------------------------------------

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._signals.append(number)

    def _handle(self, number: int) -> None:
        if number == signal.SIGHUP and self._terminal.hung_up:
            number = signal.SIGTERM
        if number == signal.SIGQUIT or (number in _STOPS and self._status is not None):
            self._cut(number)
        elif self._status is not None:
            return
        elif number in _STOPS:
            self._end(0, signal.Signals(number).name)
        elif number == signal.SIGHUP:
            self._reload()
        elif number == signal.SIGTTIN:
            self._fleet.size += 1
        elif number == signal.SIGTTOU:
            self._fleet.size = max(1, self._fleet.size - 1)
        elif number == signal.SIGUSR2:
            tell("SIGUSR2 is not for this server: SIGHUP loads the app anew, and loses no request")

    def _reload(self) -> None:
        if self._boot.application is not None:
            reloading()
            tell(
                "SIGHUP: --preload holds the app in this process, which must be restarted for that"
            )
            self._ready()
        elif self._fleet.reload():
            reloading()
            tell("SIGHUP: loading the app anew")

    def _end(self, status: int, why: str) -> None:
        self._status = status
        timeout = self._boot.options.drain_timeout
        stopping("stopping", None if timeout is None else timeout + 2 * _BEHIND_DRAIN)
        tell(f"{why}: stopping")
        self._fleet.end(time.monotonic())
        self._reports.end()
        self.kill_workers(signal.SIGTERM)

    def _cut(self, number: int) -> None:
        if self._status is None:
            self._end(0, signal.Signals(number).name)
        now = time.monotonic()
        for pid in self._fleet.pids:
            self._fleet.leaves(pid, now, _CUT)
        self.kill_workers(signal.SIGQUIT)

    def reap_workers(self) -> None:
        """Take note of workers that have ended; the app's own children are none of ours."""
        for pid in list(self.WORKERS):
            try:
                found, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                found, status = pid, 0  # A preloaded app has waited for all children.
            if found:
                self._reaped(pid, os.waitstatus_to_exitcode(status))

    def _reaped(self, pid: int, status: int) -> None:
        worker = self.WORKERS.pop(pid)
        worker.tmp.close()
        self._boot.shares.free(worker.age)
        self._open.discard(pid)
        served = self._fleet.is_serving(pid)
        event = self._fleet.gone(pid, time.monotonic())
        if served and self._status is None:
            tell(f"process {pid} {_ended(status)}: another takes its place")
        elif status < 0 and event is not None:
            tell(f"process {pid} {_ended(status)} before it served")
        self._tell(event, status)

    def _tell(self, event: Event | None, status: int = 0) -> None:
        """Tell the operator and the service manager what has become of the workers."""
        if event is Event.STARTED:
            tell(self._serving)
            tell_elsewhere(self._boot.listeners)
            self._ready()
        elif event is Event.RELOADED:
            self._reloaded = True
        elif event is Event.REFUSED:
            tell("the reload is refused, since the app did not start: the old one goes on serving")
            self._ready()
        elif event is Event.LATE:
            tell("a process that was to take another's place did not start: it is tried again")
        elif event is Event.FAILED and self._status is None:
            # A worker's own status is the app's; killed by a signal, there is none.
            self._end(max(status, 0) or (1 if status else 0), "the app did not start")

    def _ready(self) -> None:
        ready(self._serving)

    @property
    def _serving(self) -> str:
        where = ", ".join(listener.url for listener in self._boot.listeners)
        size = self._fleet.size
        how, comma, more = self._how.partition(",")
        processes = f"{size} process{'' if size == 1 else 'es'}"
        return f"serving {self._boot.target} at {where} ({processes}, {how} each{comma}{more})"

    # --- heartbeats ---------------------------------------------------------

    def murder_workers(self) -> None:
        """Kill workers that serve and whose loop has stopped; loading and leaving may take long."""
        for pid, worker in self.WORKERS.items():
            if not self._fleet.is_serving(pid):
                worker.tmp.notify()
        super().murder_workers()

    def kill_worker(self, pid: int, sig: int) -> None:
        """Send a signal to a worker; the first of two that end a hung one is said."""
        if sig == signal.SIGABRT:
            tell(f"process {pid} has hung for {_HUNG} s, and is killed; its threads stand here:")
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sig)


def settings(target: str, processes: int, graceful: float) -> Config:
    """Settings for gunicorn; neither a file nor an environment variable of its own is read.

    Args:
        target: for the process title.
        processes: how many workers.
        graceful: seconds that a worker has for leaving.
    """
    config = Config()
    for name, value in {
        "worker_class": Worker,
        "workers": processes,
        "bind": ["127.0.0.1:0"],  # Read, not used: the listeners are ours.
        "timeout": _HUNG,
        "graceful_timeout": int(graceful),
        "logger_class": MasterLog,
        "default_proc_name": target,
        "control_socket_disable": True,
    }.items():
        if name in config.settings:
            config.set(name, value)
    return config


class MasterLog:
    """What gunicorn's master says, in uncork's form: what goes well is not worth a line.

    gunicorn's own logger is left alone, as in a single process: apps that look for
    it (``logging.getLogger("gunicorn.error")``) find it without handlers.
    """

    def __init__(self, cfg: Any) -> None:
        self.cfg = cfg

    def critical(self, text: str, *args: object, **_kwargs: object) -> None:
        """Nothing: what hangs is told where it is killed."""

    def error(self, text: str, *args: object, **_kwargs: object) -> None:
        """Say it."""
        tell(text % args if args else text)

    warning = error

    def exception(self, text: str, *args: object, **_kwargs: object) -> None:
        """Say it, with the traceback."""
        self.error(text, *args)
        traceback.print_exc(file=sys.stderr)

    def debug(self, text: str, *args: object, **_kwargs: object) -> None:
        """Nothing."""

    info = debug


def _ended(status: int) -> str:
    if status >= 0:
        return f"ended with {status}"
    name = signal.Signals(-status).name
    return f"was killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
