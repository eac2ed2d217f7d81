"""The threads that run views: as many at work as are of use, up to ``--threads``.

Python runs one thread at a time. waitress wakes a thread for each request
(task.py 105-115), and under load they all fight for the interpreter, each for up
to 5 ms (sys.getswitchinterval), and the loop fights with them. Here at most one
thread is *coming*: it was woken and has no request yet. Once it has one, and
others wait, it wakes the next. A view that waits for something makes the
interpreter free, so that the next thread comes at once; views that compute are
run by few threads, one after another.

A thread that comes late, because others kept the interpreter busy and requests
went on being taken meanwhile, would only add to the crowd: it looks again a
millisecond later. If no request was taken, one of them takes long, and it helps.
"""

from __future__ import annotations

import time
from typing import Any

from uncork.serve.lending import LendingDispatcher

_LATE = 0.002
"""Seconds after which a thread that comes counts as late; the interpreter is yielded after 5 ms."""
_AGAIN = 0.001
"""Seconds until it looks again."""


class Dispatcher(LendingDispatcher):
    """waitress's queue and threads; `handler_thread` and `add_task` are replaced."""

    def __init__(self) -> None:
        super().__init__()
        self._coming = False
        self._woken_at = 0.0
        self._taken = 0
        self._taken_when_woken = 0

    def add_task(self, task: Any) -> None:
        """Queue a request (a channel, whose first request it is)."""
        task.queued_at = time.monotonic()
        with self.lock:
            self.queue.append(task)
            self._wake_one()

    def longest_wait(self, now: float) -> float:
        """Seconds that the next request in the queue has waited by now."""
        with self.lock:
            return now - self.queue[0].queued_at if self.queue else 0.0

    def _wake_one(self) -> None:
        """Under the lock."""
        if not self._coming and len(self.threads) - self.stop_count > self.active_count:
            self._coming = True
            self._mark()
            self.queue_cv.notify()

    def _mark(self) -> None:
        self._woken_at = time.monotonic()
        self._taken_when_woken = self._taken

    def handler_thread(self, thread_no: int) -> None:
        """Run requests until the thread is to end: task.py 62-83."""
        while True:
            with self.lock:
                task = self._next()
                if task is None:
                    self.active_count -= 1
                    self.stop_count -= 1
                    self.threads.discard(thread_no)
                    self.thread_exit_cv.notify()
                    return
            try:
                task.service()
            except BaseException:  # as waitress: a thread goes on
                self.logger.exception("Exception when servicing %r", task)

    def _next(self) -> Any:
        """The next request, waited for; None, the thread is to end. Under the lock."""
        came = False
        while self.stop_count == 0:
            if self.queue and not (came and self._is_crowded()):
                if came:
                    self._coming = False
                self._taken += 1
                task = self.queue.popleft()
                if self.queue:
                    self._wake_one()
                return task
            self.active_count -= 1
            if came and self.queue:
                self._mark()
                self._woken_at += _AGAIN
                self.queue_cv.wait(_AGAIN)
            else:
                if came:
                    self._coming = False
                self.queue_cv.wait()
                came = True
            self.active_count += 1
        if came:
            self._coming = False
        return None

    def _is_crowded(self) -> bool:
        """Whether a thread that has come would only be one more of those that compute."""
        progressed = self._taken != self._taken_when_woken
        return progressed and time.monotonic() - self._woken_at > _LATE
