"""What was applied to a project and not undone. Reads, never writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uncork.transaction.disk import DISK
from uncork.transaction.errors import refusals
from uncork.transaction.journal import Store
from uncork.transaction.results import Applied, applied_of

if TYPE_CHECKING:
    from pathlib import Path

    from uncork.changes import FileChange

__all__ = ["Applied", "history", "last_applied"]


def history(folder: Path) -> tuple[Applied, ...]:
    """What can be undone in a project, the last one first.

    Raises:
        SystemRefusedError: a journal can't be read.
    """
    store = Store(folder, DISK)
    with refusals(folder):
        return tuple(applied_of(store.load(name)) for name in reversed(store.applied()))


def last_applied(folder: Path) -> tuple[FileChange, ...] | None:
    """The changes of the last apply that was not undone; None, there is none.

    Raises:
        SystemRefusedError: its journal can't be read.
    """
    store = Store(folder, DISK)
    with refusals(folder):
        names = store.applied()
        if not names:
            return None
        return tuple(record.change() for record in store.load(names[-1]).records)
