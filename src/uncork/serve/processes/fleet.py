"""Which workers there are, and which there should be. Pure: the clock is an argument.

A generation is the workers that have loaded the same code. A reload loads the
next one beside the one that serves, and the old one leaves when *all* of the new
one are ready: so a reload onto a broken app changes nothing, and no moment goes
by in which nobody accepts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

_YOUNG = 5.0
"""Seconds; a worker that dies sooner after it was ready counts as one that fails."""
_LONGEST_PAUSE = 30.0


class Event(Enum):
    """What has become of the workers."""

    STARTED = "all workers are ready for the first time"
    RELOADED = "all workers of the next generation are ready"
    REFUSED = "one of the next generation has failed: the old one goes on"
    LATE = "one that was to replace another has failed; it is tried again"
    FAILED = "one has failed, and nobody is left who serves"


@dataclass
class Member:
    """One worker.

    Args:
        pid: its process.
        generation: the code that it has loaded.
        ready_at: since when it serves.
        leave_by: it has been asked to leave, and is killed then.
    """

    pid: int
    generation: int
    ready_at: float | None = None
    leave_by: float | None = None


@dataclass(frozen=True)
class Plan:
    """What is to be done now.

    Args:
        spawn: how many workers are to be started.
        retire: who is to be asked to leave.
        kill: who has been asked, and has not left in time.
    """

    spawn: int = 0
    retire: tuple[int, ...] = ()
    kill: tuple[int, ...] = ()


class Fleet:
    """All workers.

    Args:
        size: how many are to serve.
        patience: seconds that a worker has for leaving.
    """

    def __init__(self, size: int, patience: float) -> None:
        self.size = size
        self._patience = patience
        self._members: dict[int, Member] = {}
        self._serving = self._latest = 1
        self._loading: int | None = None
        self._again = self._started = self._ending = False
        self._failures = 0
        self._not_before = 0.0

    @property
    def pids(self) -> tuple[int, ...]:
        """All workers, those that leave included."""
        return tuple(self._members)

    def is_serving(self, pid: int) -> bool:
        """Whether a worker is ready and stays, so that its loop must turn."""
        member = self._members.get(pid)
        return member is not None and member.ready_at is not None and member.leave_by is None

    def is_old(self, pid: int) -> bool:
        """Whether a worker is of a generation before the one that serves."""
        member = self._members.get(pid)
        return member is not None and member.generation < self._serving

    # --- what happens -------------------------------------------------------

    def born(self, pid: int) -> None:
        """A worker has been started, as the plan said."""
        self._members[pid] = Member(pid, self._loading or self._serving)

    def ready(self, pid: int, now: float) -> None:
        """A worker accepts connections."""
        if pid in self._members:
            self._members[pid].ready_at = now

    def leaves(self, pid: int, now: float, patience: float | None = None) -> None:
        """A worker stops, of its own accord or because it was asked to."""
        member = self._members.get(pid)
        if member is not None and (member.leave_by is None or patience is not None):
            member.leave_by = now + (self._patience if patience is None else patience)

    def gone(self, pid: int, now: float) -> Event | None:
        """A worker has ended."""
        member = self._members.pop(pid, None)
        if member is None or member.leave_by is not None:
            return None
        if member.ready_at is not None:
            self._note_death(now - member.ready_at, now)
            return None
        if member.generation == self._loading:
            self._loading = None
            return Event.REFUSED
        if member.generation != self._serving:
            return None  # Another one of its generation has failed before.
        self._failures += 1
        self._pause(now)
        served = any(self.is_serving(each) for each in self._members)
        return Event.LATE if self._started and served else Event.FAILED

    def reload(self) -> bool:
        """Load the next generation; False, that must wait until the one before is settled."""
        self._again = not self._started or self._loading is not None
        if not self._again:
            self._latest += 1
            self._loading = self._latest
        return not self._again

    def end(self, now: float) -> None:
        """All of them leave."""
        self._ending = True
        for pid in self._members:
            self.leaves(pid, now)

    # --- what follows -------------------------------------------------------

    def settle(self) -> Event | None:
        """Whether a start or a reload is complete by now."""
        if self._loading is not None and self._are_ready(self._loading):
            self._serving, self._loading = self._loading, None
            return Event.RELOADED
        if not self._started and self._are_ready(self._serving):
            self._started = True
            return Event.STARTED
        return None

    def asked_again(self) -> bool:
        """Whether a reload was asked for while another was under way, and can begin now."""
        return self._again and self._started and self._loading is None

    def plan(self, now: float) -> Plan:
        """What to do now; the plan counts as carried out, but for `born`."""
        late = tuple(m.pid for m in self._members.values() if (m.leave_by or now + 1) <= now)
        if self._ending:
            return Plan(kill=late)
        staying = [m for m in self._members.values() if m.leave_by is None]
        wanted = [m for m in staying if m.generation == (self._loading or self._serving)]
        kept = {self._loading, self._serving}
        retire = [m.pid for m in staying if m.generation not in kept]
        retire += [m.pid for m in wanted[: max(0, len(wanted) - self.size)]]
        for pid in retire:
            self.leaves(pid, now)
        waits = self._loading is None and now < self._not_before
        return Plan(0 if waits else max(0, self.size - len(wanted)), tuple(retire), late)

    def _are_ready(self, generation: int) -> bool:
        ready = [
            m
            for m in self._members.values()
            if m.generation == generation and m.ready_at is not None and m.leave_by is None
        ]
        return len(ready) >= self.size

    def _note_death(self, age: float, now: float) -> None:
        """The first is replaced at once; one that dies young again and again, ever later."""
        if age >= _YOUNG:
            self._failures = 0
            return
        self._failures += 1
        if self._failures > 1:
            self._pause(now)

    def _pause(self, now: float) -> None:
        self._not_before = now + min(_LONGEST_PAUSE, 2.0 ** (self._failures - 1))
