"""What the loop waits with: epoll(7), or what a monkey-patched script has left of it.

``gevent.monkey.patch_all()`` takes ``select.epoll`` away and leaves a cooperative
``poll`` (gevent/monkey/api.py, patch_select); ``eventlet.monkey_patch()`` leaves
``select`` alone (eventlet/green/select.py). Worker threads are greenlets then: to
wait in the system would stop them all, and to wait with what is left lets them run.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_CONDITIONS = 0xFFFF
"""poll(2) knows conditions, and none of the flags that epoll_ctl(2) has in higher bits."""


def new_poll() -> Any:
    """An object with the methods of `select.epoll` that the loop calls."""
    if hasattr(select, "epoll"):
        return select.epoll()
    return _Poll() if hasattr(select, "poll") else _Select()


class _Poll:
    """`select.poll`, called as `select.epoll` is: with seconds, and to be closed."""

    def __init__(self) -> None:
        self._poll: Any = select.poll()
        self.unregister: Callable[[int], None] = self._poll.unregister

    def register(self, fd: int, wanted: int) -> None:
        """Wait for this one, too."""
        self._poll.register(fd, wanted & _CONDITIONS)

    def modify(self, fd: int, wanted: int) -> None:
        """Wait for something else on it."""
        self._poll.modify(fd, wanted & _CONDITIONS)

    def poll(self, timeout: float) -> list[tuple[int, int]]:
        """Wait, at most `timeout` seconds."""
        found: list[tuple[int, int]] = self._poll.poll(timeout * 1000)
        return found

    def close(self) -> None:
        """There is nothing to give back."""


class _Select:
    """`select.select`, called as `select.epoll` is."""

    def __init__(self) -> None:
        self._wanted: dict[int, int] = {}
        self.unregister: Callable[[int], Any] = self._wanted.pop

    def register(self, fd: int, wanted: int) -> None:
        """Wait for this one, too."""
        self._wanted[fd] = wanted

    modify = register

    def poll(self, timeout: float) -> list[tuple[int, int]]:
        """Wait, at most `timeout` seconds."""
        reading = [fd for fd, wanted in self._wanted.items() if wanted & select.EPOLLIN]
        writing = [fd for fd, wanted in self._wanted.items() if wanted & select.EPOLLOUT]
        readable, writable, _ = select.select(reading, writing, [], timeout)
        found = dict.fromkeys(readable, select.EPOLLIN)
        for fd in writable:
            found[fd] = found.get(fd, 0) | select.EPOLLOUT
        return list(found.items())

    def close(self) -> None:
        """There is nothing to give back."""
