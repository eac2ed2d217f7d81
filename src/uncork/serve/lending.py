"""waitress's threads, and one more for each request that only waits: see `uncork.serve.waiting`.

Read in waitress 3.0.1 and 3.0.2 (numbers are 3.0.2's): task.py 64
``handler_thread``, 58 ``start_new_thread``, 87 ``set_thread_count``: threads are added at once, and
superfluous ones end when they have nothing to do; 46, 52 ``active_count`` and
``queue``: those at work and what is to be done.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from waitress.task import ThreadedTaskDispatcher

from uncork.serve.waiting import lending

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from uncork.serve.waiting import Waiting

_QUIET = 0.2
"""Seconds from the last request's end: what it emitted is still on its way through
the threads of Socket.IO that write to websockets."""


class LendingDispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]
    """waitress's threads, and one more for each request that only waits."""

    def __init__(self) -> None:
        super().__init__()
        self._lending = threading.Lock()
        self._count = 0
        self._quiet_since: float | None = None
        self._lent: set[Waiting] = set()
        self._farewells: dict[Hashable, Callable[[], None]] = {}

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return len(self._lent)

    @property
    def owed(self) -> int:
        """How many farewells a stop has yet to begin."""
        return len(self._farewells)

    def set_thread_count(self, count: int) -> None:
        """How many requests run at once; 0 ends the threads as they become free."""
        with self._lending:
            self._count = count
            self._adjust()

    def start_new_thread(self, target: Callable[[int], None], thread_no: int) -> None:
        """Start a thread that knows its lender."""

        def run(number: int) -> None:
            with lending(self):
                target(number)

        super().start_new_thread(run, thread_no)

    def lend(self, waiting: Waiting) -> None:
        """See `uncork.serve.waiting.Lender`."""
        with self._lending:
            self._lent.add(waiting)
            self._adjust()

    def take_back(self, waiting: Waiting) -> None:
        """See `uncork.serve.waiting.Lender`."""
        with self._lending:
            if waiting in self._lent:
                self._lent.remove(waiting)
                self._adjust()

    def farewell(self, key: Hashable, call: Callable[[], None]) -> None:
        """See `uncork.serve.waiting.Lender`."""
        self._farewells[key] = call

    def end_waiting(self) -> None:
        """End what waits, unless something else runs or is queued. Called while a stop drains."""
        now = time.monotonic()
        if self.queue or self.active_count > len(self._lent):
            self._quiet_since = None
            return
        if self._quiet_since is None:
            self._quiet_since = now
        if now < self._quiet_since + _QUIET:
            return
        while self._farewells:
            _, call = self._farewells.popitem()
            self.add_task(_Farewell(call))
        with self._lending:
            lent = list(self._lent)
        for waiting in lent:
            waiting.end()

    def _adjust(self) -> None:
        # The system may refuse threads: then this one's place stays taken.
        with contextlib.suppress(RuntimeError):
            super().set_thread_count(self._count and self._count + len(self._lent))


class _Farewell:
    """A task of waitress's, so that a drain waits for it."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.service = call

    def cancel(self) -> None:
        """It was queued, and the server is cut off."""
