"""One of several processes: uncork's own server on the master's sockets.

This is a worker class of gunicorn's, but none of its code. What its master
relies on, read in 23.0's and 27.0's arbiter.py, `spawn_worker` and
`murder_workers`: the parameters of ``__init__``; `init_process`; ``age``,
``pid``, ``booted``, ``aborted``; ``tmp`` with `last_update` and `close`.

The master alone decides what a stop is. Its workers share its terminal and its
control group, so a Ctrl-C and systemd's SIGTERM reach each worker twice, once
directly and once from the master: SIGTERM and SIGINT therefore only ever drain,
however many come, and SIGQUIT, which only the master sends, cuts.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from uncork.errors import DeclinedError, SourceError, UncorkError
from uncork.serve.application import find_application
from uncork.serve.ending import run_guarded
from uncork.serve.imports import ImportHooks
from uncork.serve.listen import Listener
from uncork.serve.logs import say, tell
from uncork.serve.notify import Watchdog
from uncork.serve.options import DEFAULT_DRAIN_TIMEOUT
from uncork.serve.processes.reports import CLOSED, READY, Reports
from uncork.serve.runner import RunCall, Runner
from uncork.serve.seams import all_hooks
from uncork.serve.server import Server, count
from uncork.serve.signals import STOP_SIGNALS, Signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from uncork.serve.options import ServeOptions
    from uncork.serve.processes.shares import Share, Shares
    from uncork.serve.provide import Waitress
    from uncork.serve.signals import Stoppable

_FAILED = 1
_STDERR = 2
_SETTLE = 0.1
"""Seconds that a worker waits to hear whether a signal from elsewhere stops all of them."""
_INHERITED = (
    signal.SIGCHLD,
    signal.SIGQUIT,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGUSR2,
)
"""What the master handles, and what in a worker does what it does in any process."""
_MASTERS = (signal.SIGHUP, signal.SIGUSR1, signal.SIGWINCH)
"""What a terminal or an operator may send to all processes, and only the master acts on."""


@dataclass(frozen=True)
class Boot:
    """What a worker needs to know; gunicorn hands it on as its ``app``.

    Args:
        target: the import string.
        options: flags and environment variables.
        waitress: which one serves.
        listeners: the master's.
        reports: to and from the master.
        shares: how many connections each worker has.
        application: loaded in the master already; None, each worker loads it.
        handlers: what an app that is loaded already has installed for the stop signals.
        cfg: gunicorn's settings.
    """

    target: str
    options: ServeOptions
    waitress: Waitress
    listeners: Sequence[Listener]
    reports: Reports
    shares: Shares
    application: Any = None
    handlers: Mapping[int, Any] = field(default_factory=dict)
    cfg: Any = None

    @property
    def drain_timeout(self) -> float:
        """Seconds until a stop cuts what is left."""
        given = self.options.drain_timeout
        return DEFAULT_DRAIN_TIMEOUT if given is None else given


class Heartbeat:
    """When the loop turned last, in memory that the master sees.

    gunicorn's own is a temporary file, whose disk may be slow, full or read-only.
    """

    def __init__(self) -> None:
        self._memory = os.memfd_create("uncork-heartbeat")
        self.notify()

    def notify(self) -> None:
        """The loop turns."""
        now = time.monotonic()
        os.utime(self._memory, (now, now))

    def last_update(self) -> float:
        """When it did last, by the monotonic clock."""
        return os.fstat(self._memory).st_mtime

    def close(self) -> None:
        """Forget it; closing it twice does nothing."""
        memory, self._memory = self._memory, -1
        if memory >= 0:
            os.close(memory)


@dataclass(frozen=True)
class SharedListener(Listener):
    """The master's listening socket in a worker: closing it leaves it open for the others.

    Args:
        closed: told when it is closed here.
    """

    closed: Callable[[], None] = lambda: None

    @property
    def elsewhere(self) -> list[str]:
        """Nothing: the master tells it once."""
        return []

    def nobody_else_accepts(self) -> None:
        """All workers stop: what the system has queued has to be accepted by one of them now."""
        object.__setattr__(self, "inherited", False)

    def close(self) -> None:
        """Close this worker's copy."""
        if self.socket.fileno() >= 0:
            self.socket.close()
            self.closed()


class Worker:
    """One process; see the module. The parameters are gunicorn's own."""

    def __init__(  # noqa: PLR0917 - gunicorn's
        self,
        age: int,
        ppid: int,
        sockets: Sequence[Any],  # noqa: ARG002 - gunicorn's parameter; the listeners know more
        app: Boot,
        timeout: float,  # noqa: ARG002 - gunicorn's parameter; a turn of the loop is far shorter
        cfg: Any,  # noqa: ARG002
        log: Any,  # noqa: ARG002
    ) -> None:
        self.age = age
        self.pid: Any = "[booting]"
        self.booted = self.aborted = False
        self.tmp = Heartbeat()
        self._boot = app
        self._master = ppid
        self._runner: WorkerRunner | None = None
        app.reports.born(age)

    def init_process(self) -> NoReturn:
        """Load the app and serve it; called in the new process.

        Raises:
            SystemExit: always; its status tells the master what came of it.
        """
        os.environ.pop("NOTIFY_SOCKET", None)  # It is the master who is ready, and it says so.
        signals = self._signals()
        runner = self._runner = WorkerRunner(
            self._boot, signals, self._boot.shares.of(self.age), self._turned
        )
        status = run_guarded(runner, signals, lambda: self._serve(runner))
        raise SystemExit(status if runner.failure is None else runner.failure)

    def _serve(self, runner: WorkerRunner) -> None:
        try:
            self._load_and_serve(runner)
        except BaseException:
            if runner.has_served or runner.failure is not None or self._boot.reports.may_speak():
                raise
            # Another worker has said the same, and how it ended is what counts.
            runner.failure = _FAILED
            raise SystemExit(_FAILED) from None

    def _load_and_serve(self, runner: WorkerRunner) -> None:
        if self._boot.application is not None:
            runner.run(RunCall(self._boot.application), [])
            return
        ImportHooks(all_hooks(runner)).install()
        try:
            application = find_application(self._boot.target)
        except (SourceError, DeclinedError) as error:
            runner.fail(error)
        if not runner.has_served:
            runner.run(RunCall(application), [])

    def _signals(self) -> Signals:
        """The process's own handlers in place of the master's, which it was forked with."""
        signal.set_wakeup_fd(-1)
        for number in _INHERITED:
            signal.signal(number, signal.SIG_DFL)
        for number in _MASTERS:
            signal.signal(number, _ignore)
        for number in STOP_SIGNALS:
            default = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, self._boot.handlers.get(number, default))
        # A loop that hangs shows where: the master sends SIGABRT before it kills the process.
        faulthandler.enable(_STDERR, all_threads=True)
        signals = Signals(self._boot.drain_timeout)
        signals.install()
        signal.signal(signal.SIGQUIT, self._cut)
        # The master blocks them while it forks, or one could come before the handlers.
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        return signals

    def _turned(self) -> None:
        """After each turn of the loop."""
        self.tmp.notify()
        runner = self._runner
        if runner is not None:
            orphaned = os.getppid() != self._master
            runner.settle(orphaned=orphaned, granted=self._boot.reports.asked(self.age))

    def _cut(self, _number: int, _frame: object) -> None:
        if self._runner is None or not self._runner.cut():
            raise SystemExit(1)


class WorkerRunner(Runner):
    """The runner of one process: it reports to the master what a single one tells the world.

    Args:
        boot: what is served how.
        signals: installed already.
        share: what this process has of the connections.
        turned: called after each turn of the server's loop.
    """

    def __init__(
        self, boot: Boot, signals: Signals, share: Share, turned: Callable[[], None]
    ) -> None:
        said = boot.reports.say
        self._shared = [
            SharedListener(each.socket, inherited=True, closed=lambda: said(CLOSED))
            for each in boot.listeners
        ]
        super().__init__(
            boot.target, boot.options, boot.waitress, signals, self._shared, _Turns(turned)
        )
        self.share = share
        self._reports = boot.reports
        self._stop: _Stop | None = None

    @contextlib.contextmanager
    def announced(
        self, server: Stoppable, listeners: Sequence[Listener], how: str
    ) -> Iterator[None]:
        """As in a single process, but the master waits for the others, and says that all are up."""
        if not all(listener.beside for listener in listeners):
            server = self._stop = _Stop(self._own(server))
        with super().announced(server, listeners, how):
            yield

    def announce(self, urls: Sequence[str], how: str, *, beside: bool = False) -> None:
        """Tell the master, who says it when all processes have."""
        if beside:
            super().announce(urls, how, beside=beside)
        else:
            self._reports.say(READY, how)

    def _own(self, server: Stoppable) -> Server:
        if not isinstance(server, Server):
            self.decline(
                f"{self._target} runs its app by itself when it is imported, on a server of its "
                "own, and --processes needs the app",
                hint="put the run call under if __name__ == '__main__', or leave --processes out",
            )
        return server

    def settle(self, *, orphaned: bool, granted: bool) -> None:
        """Begin a drain that was asked for, once it is known whether all workers stop.

        Args:
            orphaned: the master is gone.
            granted: the master itself has asked, and the other workers go on.
        """
        if self._stop is None:
            return
        if orphaned:
            self._stop.drain()
        if self._stop.is_due(now=granted or orphaned or self._reports.ending):
            if self._reports.ending or orphaned:
                for listener in self._shared:
                    listener.nobody_else_accepts()
            self._stop.server.drain()

    def cut(self) -> bool:
        """Stop without finishing; False, there is no server yet. Called from a signal handler."""
        if self._stop is not None:
            self._stop.server.cut()
        return self._stop is not None

    def stopping(self, requests: int, name: str | None = None) -> None:  # noqa: ARG002 - the master says it
        """The master has said that a stop begins; what this process has to finish is its own."""
        if requests:
            tell(f"process {os.getpid()}: {count(requests, 'request')} to finish")

    def fail(self, error: UncorkError) -> NoReturn:
        """As in a single process, but one worker says it for all."""
        if self.has_served or self._reports.may_speak():
            say(error)
        self.failure = int(error.status)
        self._signals.expel(self.failure)
        raise SystemExit(self.failure)


class _Stop:
    """What SIGTERM and SIGINT stop: not the server itself, since they may come more than once.

    Args:
        server: the one that runs.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self._asked: float | None = None
        self._begun = False

    def drain(self) -> None:
        """Note it; the loop acts on it."""
        if self._asked is None:
            self._asked = time.monotonic()
            self.server.wake()

    def cut(self) -> None:
        """A second signal of the same kind, which is the master's copy of the first."""

    def is_due(self, *, now: bool) -> bool:
        """Whether to begin now; true once."""
        if self._asked is None or self._begun:
            return False
        self._begun = now or time.monotonic() >= self._asked + _SETTLE
        if not self._begun:
            self.server.wake()
        return self._begun


class _Turns(Watchdog):
    """The loop's signs of life go to the master, whose own go to the service manager."""

    def __init__(self, turned: Callable[[], None]) -> None:
        super().__init__()
        self._on_turn = turned

    def attach(self) -> Callable[[], None]:
        """A loop begins; returns what it calls after each turn."""
        return self._on_turn


def _ignore(_number: int, _frame: object) -> None:
    """Not SIG_IGN: children of the app would inherit that."""
