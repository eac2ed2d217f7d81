"""Who of several processes takes a connection that waits: the one that has the fewest.

The system wakes all of them, and the first one takes it. Which that is goes by
chance, or rather not: one that is at work anyway looks sooner than one that sleeps
(docs/decisions/0010). Clients that keep their connection stay where they are once
accepted, so that sixteen of them could keep one core busy, and none the other.
"""

from __future__ import annotations

import mmap
import time

_SLOTS = 64
"""More than cores that one app is served on; two workers in one slot only share less evenly."""
_NOBODY = -1
_SIZE = 4
_PATIENCE = 0.005
"""Seconds that others get to take a connection: Python's switch interval, sys.setswitchinterval."""
_IMPATIENCE = 1.0
"""Seconds without waiting for others, when one that should have taken a connection did not."""
_LEAD = 8
"""The part of its connections, one of so many, that a process may be ahead of another: a
thousand clients that come at once shall not be taken one by one in turns."""


class Shares:
    """How many connections each worker has, in memory that all of them see.

    Made before the first fork.
    """

    def __init__(self) -> None:
        self._counts = memoryview(mmap.mmap(-1, _SLOTS * _SIZE)).cast("i")
        for slot in range(_SLOTS):
            self.free(slot)

    def of(self, age: int) -> Share:
        """The share of the worker with this number; it counts from the first `Share.has` on."""
        return Share(self._counts, age % _SLOTS)

    def free(self, age: int) -> None:
        """The worker with this number is gone, and takes nothing any more."""
        self._counts[age % _SLOTS] = _NOBODY


class Share:
    """The connections of one worker beside those of the others.

    Args:
        counts: of all workers.
        slot: this one's.
    """

    def __init__(self, counts: memoryview[int], slot: int) -> None:
        self._counts = counts
        self._slot = slot
        self._since: float | None = None
        self._impatient_until = 0.0

    def has(self, count: int) -> None:
        """So many connections are open here."""
        self._counts[self._slot] = count

    def leave(self) -> None:
        """This worker accepts no more."""
        self._counts[self._slot] = _NOBODY

    def yields(self) -> bool:
        """Whether to leave a connection that waits to another worker, for a moment."""
        now = time.monotonic()
        if now < self._impatient_until or not self.is_ahead():
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since >= _PATIENCE:
            self._since = None
            self._impatient_until = now + _IMPATIENCE
        return self._since is not None

    def taken(self) -> None:
        """Another worker has taken what waited."""
        self._since = None

    def is_ahead(self) -> bool:
        """Whether another worker has fewer."""
        counts = self._counts.tolist()
        least = min((count for count in counts if count != _NOBODY), default=0)
        return counts[self._slot] > least + least // _LEAD
