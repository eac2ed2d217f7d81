"""SIGTERM and SIGINT, from before the script starts until the process ends.

Python runs signal handlers in the main thread, between two of its instructions,
whatever that thread is doing. So a handler here only sets flags and wakes the
servers; everything else happens in their threads (docs/decisions/0001).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from uncork.serve.native import get_ident, in_main_thread, main_ident, watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
GRACE = 2.0
"""Seconds that a main thread gets to end by itself once its servers have stopped."""
_SHORT = 0.01
_SWITCH = 0.1
"""Seconds in which a greenlet that has failed gives way to its loop."""


class Stoppable(Protocol):
    """A server that signals can stop. Both methods are called from a signal handler.

    One that is not run by a call of the script's main flow, but in a greenlet or in
    a loop that goes on without it, has ``returns = False``: when it has stopped, the
    script does not know yet.
    """

    def drain(self) -> None:
        """Stop accepting, finish what is there."""

    def cut(self) -> None:
        """Stop now."""


@dataclass(frozen=True)
class _Running:
    server: Stoppable
    thread: threading.Thread
    ended: threading.Event
    ident: int


class Signals:
    """Owns the two signals; the script's own handlers are kept and come after the drain.

    Args:
        drain_timeout: seconds after which a script whose own handler did not end it is ended.
    """

    on_stop: Callable[[], None]
    """Called from the handler, at every signal that is not ignored."""
    is_echo: Callable[[], bool]
    """Asked there at a second SIGTERM: whether it says nothing new."""

    def __init__(self, drain_timeout: float) -> None:
        self._drain_timeout = drain_timeout
        self.on_stop = lambda: None
        self.is_echo = lambda: False
        self._script_handlers: dict[int, Any] = {}
        self._set: Callable[..., Any] = signal.signal
        self._get: Callable[..., Any] = signal.getsignal
        self._wait: Callable[[], None] = signal.pause
        self._start_anew()

    def _start_anew(self) -> None:
        self._running: tuple[_Running, ...] = ()
        self._threads: frozenset[threading.Thread] = frozenset()
        self._lock = threading.Lock()
        self._script_ended = threading.Event()
        self._main = threading.main_thread()
        self._stop_signal: int | None = None
        self._expelled: int | None = None
        self._terminations = 0
        self._handed_on = False

    # --- before the script starts ------------------------------------------

    def install(self) -> None:
        """Take the signals over, and answer for the script's own ``signal.signal``.

        A signal that is ignored already stays so, as Unix programs have it: the
        shell ignores SIGINT for what it starts in the background.
        """
        self._take()
        os.register_at_fork(after_in_child=self._release)

    def _take(self) -> None:
        for number in STOP_SIGNALS:
            current = self._get(number)
            if current not in {signal.SIG_IGN, None}:
                self._script_handlers[number] = current
                self._set(number, self._handle)
        if signal.signal == self._set:
            signal.signal = self._signal
        if signal.getsignal == self._get:
            signal.getsignal = self._getsignal
        if signal.pause == self._wait:
            signal.pause = self._pause

    def _signal(self, signalnum: int, handler: Any) -> Any:
        """What the script gets for ``signal.signal``: its handler is remembered."""
        mine = signalnum in self._script_handlers
        if not mine or not in_main_thread() or not _is_handler(handler):
            return self._set(signalnum, handler)
        previous = self._script_handlers[signalnum]
        self._script_handlers[signalnum] = handler
        return previous

    def _getsignal(self, signalnum: int) -> Any:
        if signalnum in self._script_handlers:
            return self._script_handlers[signalnum]
        return self._get(signalnum)

    def _pause(self) -> None:
        """What the script gets for ``signal.pause``: over when its servers have stopped.

        Ours is the handler that ends the wait, and it only begins the drain. What
        stands behind the call takes down what requests still use.
        """
        self._wait()
        while self._running and self._stop_signal is not None:
            time.sleep(_SHORT)
        if callable(self._script_handlers.get(self._stop_signal or 0)):
            deadline = time.monotonic() + GRACE
            while not self._handed_on and time.monotonic() < deadline:
                time.sleep(_SHORT)

    def release(self) -> None:
        """Let go of the signals for good: a server that owns its process takes them."""
        self._release()

    def _release(self) -> None:
        """In a child that the script forked: the handlers are the script's again.

        Else ``Process.terminate()`` would ask a copy of the server to drain. A
        child that runs the app itself takes them again.
        """
        self._start_anew()
        # Monkey-patching may have put its own in their place, which end in ours.
        if signal.signal == self._signal:
            signal.signal = self._set
        if signal.getsignal == self._getsignal:
            signal.getsignal = self._get
        if signal.pause == self._pause:
            signal.pause = self._wait
        for number, handler in self._script_handlers.items():
            self._set(number, handler)
        self._script_handlers.clear()

    # --- while servers run -------------------------------------------------

    @property
    def stopping(self) -> bool:
        """Whether a signal has asked the process to stop."""
        return self._stop_signal is not None or self._terminations > 0

    @property
    def stop_name(self) -> str:
        """The signal's name; empty if none came."""
        return signal.Signals(self._stop_signal).name if self._stop_signal else ""

    @property
    def script_handles_stop(self) -> bool:
        """Whether the script has a handler of its own for the signal that came, Python's apart."""
        handler = self._script_handlers.get(self._stop_signal or 0)
        return callable(handler) and handler is not signal.default_int_handler

    def attach(self, server: Stoppable) -> None:
        """A server starts in this thread: signals stop it from now on."""
        if not self._script_handlers and in_main_thread():
            self._take()
        running = _Running(server, threading.current_thread(), threading.Event(), get_ident())
        with self._lock:
            self._running = (*self._running, running)
            self._threads |= {running.thread}
        if self._stop_signal is not None:
            server.drain()

    def detach(self, server: Stoppable) -> None:
        """A server has stopped. The last one hands the signal on to the script.

        In the main thread it waits for servers in other threads first: when the
        run call returns, the script takes down what they work with.

        Raises:
            BaseException: what the script's own handler raises, in the main thread.
        """
        with self._lock:
            stopped = [each for each in self._running if each.server is server]
            self._running = tuple(each for each in self._running if each.server is not server)
            last = not self._running
        for each in stopped:
            each.ended.set()
        if self._stop_signal is None:
            return
        if in_main_thread() and getattr(server, "returns", True):
            if any(each.ident == get_ident() for each in self._running):
                return  # Several in one loop: waiting for them here would stop it.
            for each in self._running:
                each.ended.wait()
            self._hand_on_in_main(self._stop_signal)
        elif last and not self._script_ended.is_set():
            self._hand_on_from_thread(self._stop_signal)

    def script_has_ended(self) -> None:
        """The main thread has left the script; servers in threads may still run."""
        self._script_ended.set()

    def wait_for_servers(self) -> None:
        """Behind the script's end: wait for servers in threads, as python does, but daemons'.

        Raises:
            BaseException: what the script's own handler raises.
        """
        # A loop that the main thread has left does not turn any more.
        while waited := [
            each
            for each in self._running
            if each.thread is not self._main
            and (not each.thread.daemon or self._stop_signal is not None)
        ]:
            waited[0].ended.wait()
            if self._stop_signal is not None and len(waited) == 1:
                self._hand_on_in_main(self._stop_signal)
        if self.stopping:
            self._let_threads_end()

    def patience_with_threads(self) -> float | None:
        """Seconds that threads get to end once the script has, where none else bounds them.

        Python dies of SIGTERM at once, whatever runs; on SIGINT it waits for threads for
        ever. A handler of the script's own may have asked them to finish their work.
        """
        if self._stop_signal == signal.SIGTERM or self._terminations:
            return self._drain_timeout if self.script_handles_stop else GRACE
        return None

    def _let_threads_end(self) -> None:
        """Give code behind run calls in threads its time; python would kill daemons in it.

        The frames are asked, not the threads: KeyboardInterrupt in ``join`` makes
        Python 3.11 take a thread that runs for one that has ended (bpo-45274).
        """
        deadline = time.monotonic() + GRACE
        mine = {thread.ident for thread in self._threads - {self._main}}
        while mine & sys._current_frames().keys() and time.monotonic() < deadline:  # noqa: SLF001 - documented, for debugging
            time.sleep(_SHORT)

    def expel(self, status: int) -> None:
        """End the script's main thread by SystemExit, from any thread.

        Args:
            status: the exit status of the process.
        """
        self._expelled = status
        if threading.current_thread() is self._main:
            raise SystemExit(status)
        if in_main_thread():
            # A greenlet that passes for a thread would swallow what is raised in it.
            watch(self._script_ended.is_set, _SWITCH, self._interrupt_main)
        elif not self._script_ended.is_set():
            self._interrupt_main()

    def interrupt(self) -> None:
        """End the main thread by SystemExit, wherever in the script's code it hangs."""
        if not self._script_ended.is_set():
            self._interrupt_main(0)

    def _interrupt_main(self, status: int | None = None) -> None:
        self._expelled = self._expelled if status is None else status
        signal.pthread_kill(main_ident(), signal.SIGTERM)

    # --- the handler, and what follows it ----------------------------------

    def _handle(self, signalnum: int, frame: FrameType | None) -> None:
        if self._expelled is not None:
            raise SystemExit(self._expelled)
        if self._script_handlers.get(signalnum) == signal.SIG_IGN:
            return
        self.on_stop()
        running = self._running
        if not running:
            self._hand_on(signalnum, frame)
        elif self._stop_signal is None:
            self._stop_signal = signalnum
            for each in running:
                each.server.drain()
        elif signalnum != signal.SIGTERM or not self.is_echo():
            for each in running:
                each.server.cut()

    def _hand_on(self, signalnum: int, frame: FrameType | None) -> None:
        """No server runs: the script's own handler, or what python would do.

        Python would die of a first SIGTERM. SystemExit runs finally and atexit,
        too, and tells a supervisor that nothing failed.
        """
        self._handed_on = True
        handler = self._script_handlers.get(signalnum)
        if callable(handler):
            handler(signalnum, frame)
            return
        self._terminations += 1
        if signalnum == signal.SIGTERM and self._terminations == 1:
            raise SystemExit(0)
        self._set(signalnum, signal.SIG_DFL)
        signal.raise_signal(signalnum)

    def _hand_on_in_main(self, signalnum: int) -> None:
        # werkzeug and waitress swallow KeyboardInterrupt: their run call returns.
        if self.script_handles_stop:
            handler = self._script_handlers[signalnum]
            handler(signalnum, sys._getframe(1))  # noqa: SLF001 - handlers are given a frame

    def _hand_on_from_thread(self, signalnum: int) -> None:
        """The servers ran in threads: the main thread is told, and ended if it does not end."""
        grace = GRACE
        told = callable(self._script_handlers.get(signalnum))
        if told:
            grace = self._drain_timeout
        watch(self._script_ended.is_set, grace, lambda: self._interrupt_main(0))
        if told:
            signal.pthread_kill(main_ident(), signalnum)


def _is_handler(handler: Any) -> bool:
    return callable(handler) or handler in {signal.SIG_DFL, signal.SIG_IGN}
