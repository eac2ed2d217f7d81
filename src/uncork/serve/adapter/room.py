"""Room for connections: when all places are taken, the client that has been idle longest goes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from uncork.serve.adapter.channel import Channel

_LOOK_AGAIN = 0.1
"""Seconds between two searches for idle clients, when there was none."""
_PAUSE = 0.5
"""Seconds without accepting when the process has no file descriptor left."""
_SELDOM = 60.0
"""Seconds between two lines about the same trouble."""


class Seldom:
    """Tells each kind of trouble at most once in a minute.

    Args:
        tell: says a line to the operator.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._next: dict[str, float] = {}

    def __call__(self, kind: str, line: str) -> None:
        """Say a line, unless one of its kind was said lately."""
        now = time.monotonic()
        if now >= self._next.get(kind, 0.0):
            self._next[kind] = now + _SELDOM
            self._tell(line)


class Room:
    """Whether another connection may be taken.

    waitress stops accepting for everybody at its limit (server.py 283-299). A
    client that is between two requests, or has not completed the head of one, can
    go instead: the longer its last request is over, the sooner.

    Args:
        limit: how many connections may be open.
        open_channels: those that are, by listener.
        tell: says what goes wrong.
    """

    def __init__(
        self, limit: int, open_channels: Sequence[Collection[Channel]], tell: Seldom
    ) -> None:
        self._limit = limit
        self._open_channels = open_channels
        self._tell = tell
        self._idle: list[tuple[float, Channel]] = []
        self._looked = 0.0
        self._paused_until = 0.0
        self.closed = False
        """Whether nobody is let in for now."""

    @property
    def open(self) -> int:
        """How many connections are open."""
        return sum(len(each) for each in self._open_channels)

    def is_there(self) -> bool:
        """Whether one more may be taken; if so, an idle one may have to go: `make`."""
        if self.open >= self._limit and self._longest_idle() is None:
            self.closed = True
            self._tell(
                "full",
                f"all {self._limit} connections are in use, and new clients wait: "
                "--connection-limit lets more in",
            )
        return not self.closed

    def make(self) -> None:
        """One was taken: if that is one too many, the one that has been idle longest goes."""
        if self.open > self._limit:
            self._evict()

    def run_out(self, reason: str) -> None:
        """The system gives no descriptor for another connection."""
        self._evict()
        self.closed = True
        self._paused_until = time.monotonic() + _PAUSE
        self._tell("files", f"new clients wait: {reason}; LimitNOFILE= in a unit, or ulimit -n")

    def reopen(self) -> bool:
        """Let clients in again, if there is room by now; returns whether it does so."""
        if self.closed and time.monotonic() >= self._paused_until:
            self.closed = self.open >= self._limit and self._longest_idle() is None
            return not self.closed
        return False

    def _evict(self) -> None:
        channel = self._longest_idle()
        if channel is not None:
            channel.close_now()

    def _longest_idle(self) -> Channel | None:
        while self._idle or self._look():
            since, channel = self._idle[-1]
            if channel.connected and not channel.busy and channel.quiet_since == since:
                return channel
            self._idle.pop()
        return None

    def _look(self) -> bool:
        now = time.monotonic()
        if now - self._looked < _LOOK_AGAIN:
            return False
        self._looked = now
        self._idle = [
            (channel.quiet_since, channel)
            for some in self._open_channels
            for channel in some
            if not channel.busy
        ]
        self._idle.sort(key=lambda entry: -entry[0])
        return bool(self._idle)
