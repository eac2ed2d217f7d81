"""The server: waitress's loop in the thread that asked for it, and a stop that drains."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from uncork.serve.drain import HANDED_OVER_GRACE, OWN_GRACE, Drain, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from uncork.serve.adapter import WaitressServer
    from uncork.serve.listen import Listener

_TURN = 1.0
"""Seconds that the loop waits at most; signals and requests end the wait."""
_WORKER = "waitress-"
"""How waitress names its threads: task.py 58."""


def _nothing() -> None:
    """What a turn of the loop calls if nobody asks for more."""


class Server:
    """One running server.

    `drain`, `cut`, `wake` and `shutdown` may be called from any thread; the first
    three from a signal handler, too.

    Args:
        waitress: made with these listeners' sockets.
        listeners: closed when the server stops.
        drain_timeout: seconds until a stop cuts what is left.
        tell: says a line to the operator.
    """

    def __init__(
        self,
        waitress: WaitressServer,
        listeners: Sequence[Listener],
        drain_timeout: float,
        tell: Callable[[str], None],
    ) -> None:
        self._waitress = waitress
        self._listeners = listeners
        self._drain_timeout = drain_timeout
        self._tell = tell
        self._stop = False
        self._cut = False
        self._ended = threading.Event()

    def run(
        self,
        stopping: Callable[[int], None],
        on_turn: Callable[[], None] = _nothing,
        every: float = _TURN,
    ) -> None:
        """Serve until something stops it; returns when nothing is left to finish.

        Args:
            stopping: told, once a stop begins, how many requests are to be finished.
            on_turn: called in each turn of the loop, so at least once a second, also
                while the server drains; it must be quick.
            every: seconds that a turn may last, if that is not enough.
        """
        try:
            while not self._stop:
                self._waitress.turn(every)
                on_turn()
            stopping(self._waitress.requests)
            finished = self._finish(on_turn)
            self._waitress.close(wait=finished)
        finally:
            for listener in self._listeners:
                listener.close()
            self._ended.set()

    def drain(self) -> None:
        """Begin to stop."""
        self._stop = True
        self._waitress.wake()

    def cut(self) -> None:
        """Stop without finishing."""
        self._stop = self._cut = True
        self._waitress.wake()

    def wake(self) -> None:
        """Have `on_turn` called soon."""
        self._waitress.wake()

    def shutdown(self) -> None:
        """Stop, and wait until it has, unless a view of this server asks for it."""
        self.drain()
        if not threading.current_thread().name.startswith(_WORKER):
            self._ended.wait()

    def _finish(self, on_turn: Callable[[], None]) -> bool:
        """Drain; returns whether everything was finished."""
        self._waitress.stop_accepting(
            take_queue=[not listener.inherited for listener in self._listeners]
        )
        for listener in self._listeners:
            listener.close()
        shared = any(listener.inherited for listener in self._listeners)
        drain = Drain(
            started=time.monotonic(),
            timeout=self._drain_timeout if self._waitress.drains else 0.0,
            grace=HANDED_OVER_GRACE if shared else OWN_GRACE,
        )
        while True:
            step = drain.next_step(time.monotonic(), pending=self._waitress.pending, cut=self._cut)
            if step is Step.DONE:
                return True
            if step is Step.CUT:
                return self._cut_off()
            if step is Step.CLOSE_IDLE:
                self._waitress.close_idle()
            self._waitress.turn(drain.wait(time.monotonic()))
            on_turn()

    def _cut_off(self) -> bool:
        left = self._waitress.requests
        if left:
            why = "a second signal" if self._cut else f"the limit of {self._drain_timeout:g} s"
            self._tell(f"{why} cuts off {count(left, 'request')}")
        self._waitress.cut()
        return False


def count(number: int, noun: str) -> str:
    """``1 request``, ``2 requests``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
