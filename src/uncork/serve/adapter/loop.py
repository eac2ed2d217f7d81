"""The loop: epoll(7) in the place of waitress's poll, whose cost grows with every open connection.

waitress asks each connection in each turn whether it wants to read or write
(wasyncore.py 193-223). Here a connection stays registered for reading while its
request runs, and is asked again only when something happened to it: an event, or
a worker's `Loop.tell`. Between two requests of a keep-alive client no system call
is needed but the wait itself, and a thousand idle clients cost nothing.
"""

from __future__ import annotations

import select
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from uncork.serve.adapter.polls import new_poll

if TYPE_CHECKING:
    from collections.abc import Callable

READ: int = select.EPOLLIN
WRITE: int = select.EPOLLOUT
_BROKEN = select.EPOLLHUP | select.EPOLLERR
"""Reported whether asked for or not: epoll_ctl(2)."""


class Watched(Protocol):
    """What a loop waits for. All methods are called in the loop's thread."""

    watching: int
    """What the system was asked for; the loop's to write."""

    def fileno(self) -> int | None:
        """The file descriptor; None, it is closed."""

    def interest(self) -> int:
        """What to wait for: `READ`, `WRITE`, both or 0. A worker may ask as well."""

    def happened(self, flags: int) -> None:
        """Some of it is there, or the connection is broken."""


class Loop:
    """Waits for many file descriptors. It belongs to one thread, but `tell` to all.

    Args:
        wake: ends a wait, by writing into a pipe that the loop watches.
        has_work: whether there is something for the caller of `turn` to do at once.
    """

    def __init__(self, wake: Callable[[], None], has_work: Callable[[], bool]) -> None:
        self._epoll = new_poll()
        self._watched: dict[int, Watched] = {}
        self._told: deque[Any] = deque()
        self._wake = wake
        self._has_work = has_work
        self.attentive = False
        """Whether it runs, or will without being woken."""

    @property
    def behind(self) -> bool:
        """Whether connections wait for the loop already."""
        return bool(self._told)

    def tell(self, channel: Any) -> None:
        """From a worker: a connection has something to send, to close, or to read again.

        Args:
            channel: its ``serve_output()`` is called in the loop's thread.
        """
        self._told.append(channel)
        if not self.attentive:
            self.attentive = True
            self._wake()

    def watch(self, watched: Watched) -> None:
        """Begin to wait for something."""
        fd = watched.fileno()
        if fd is not None:
            self._watched[fd] = watched
            watched.watching = watched.interest()
            if watched.watching:
                self._epoll.register(fd, watched.watching)

    def forget(self, watched: Watched, fd: int) -> None:
        """Wait for it no more, before its descriptor is closed.

        The system forgets by itself only if no forked child has a copy.
        """
        if self._watched.get(fd) is watched:
            del self._watched[fd]
            if watched.watching:
                watched.watching = 0
                self._epoll.unregister(fd)

    def review(self, watched: Watched) -> None:
        """Ask something anew what it waits for."""
        fd = watched.fileno()
        if fd is not None:
            self._settle(watched, fd, 0)

    def turn(self, timeout: float) -> None:
        """Wait, at most `timeout` seconds, and do what there is to do."""
        self.attentive = False
        # Whoever comes behind this look finds the loop inattentive, and wakes it.
        there = self._told or self._has_work()
        events = self._epoll.poll(0 if there else timeout)
        self.attentive = True
        for fd, flags in events:
            watched = self._watched.get(fd)
            if watched is not None:
                watched.happened(flags)
                self._settle(watched, fd, flags)
        for _ in range(len(self._told)):
            channel = self._told.popleft()
            fd = channel.fileno()
            if fd is not None:
                channel.serve_output()
                self._settle(channel, fd, 0)

    def _settle(self, watched: Watched, fd: int, flags: int) -> None:
        """Ask the system for what is wanted now, if that differs in a way that matters.

        Reading that is not wanted any more is taken back only if it disturbs. A
        worker that ends a request meanwhile either sees here what is watched, and
        tells, or the second look sees that it has ended.
        """
        while self._watched.get(fd) is watched:
            wanted, have = watched.interest(), watched.watching
            disturbs = have & ~wanted & (flags | WRITE) or (flags & _BROKEN and not wanted)
            if not (wanted & ~have or (have and disturbs)):
                return
            watched.watching = wanted
            if not wanted:
                self._epoll.unregister(fd)
            elif have:
                self._epoll.modify(fd, wanted)
            else:
                self._epoll.register(fd, wanted)
            flags = 0

    def close(self) -> None:
        """Give the system's object back; nothing may be called any more."""
        self._epoll.close()
