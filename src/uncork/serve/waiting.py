"""Requests that only wait: a websocket for its client, a long poll for news.

Such a request would hold one of the few threads that run views for as long as a
page is open, and eight open pages would stop the app. While it waits, its place
among the threads is given to another one, so that ``--threads`` goes on saying
how many requests *run* at once. A stop ends what waits, once nothing runs any more.

This module is what seams need of that; it knows no server. Who lends threads
says so with `lending`, and `waiting` below it finds it.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator


class Waiting(Protocol):
    """One request that waits."""

    def end(self) -> None:
        """See to it that it ends soon. Called more than once, and must not block."""


class Lender(Protocol):
    """Who has the threads."""

    def lend(self, waiting: Waiting) -> None:
        """The calling thread's request waits from now on: another may run in its place."""

    def take_back(self, waiting: Waiting) -> None:
        """It does not wait any more; one thread fewer is needed."""

    def farewell(self, key: Hashable, call: Callable[[], None]) -> None:
        """Have something called once when a stop ends what waits, in a thread for views.

        Args:
            key: what is said again under the same one replaces it.
            call: may block; the drain's deadline and a second signal cut it.
        """


class _Current(threading.local):
    lender: Lender | None = None


_current = _Current()


@contextlib.contextmanager
def lending(lender: Lender) -> Iterator[None]:
    """Inside, the calling thread is this lender's."""
    _current.lender = lender
    try:
        yield
    finally:
        _current.lender = None


def current_lender() -> Lender | None:
    """Whose thread this is; None, nobody's who lends: another server's, or the script's own."""
    return _current.lender


_farewells: dict[Hashable, Callable[[], None]] = {}


def farewell_elsewhere(key: Hashable, call: Callable[[], None]) -> None:
    """As `Lender.farewell`, for a server without threads to lend: one that keeps its own loop.

    Args:
        key: what is said again under the same one replaces it.
        call: called by that loop; must not block.
    """
    _farewells[key] = call


def say_farewells() -> None:
    """A server that keeps its own loop stops: end what waits in it."""
    while _farewells:
        _, call = _farewells.popitem()
        call()
