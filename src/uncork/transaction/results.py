"""What `uncork.transaction`'s functions return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from uncork.errors import ExitStatus

if TYPE_CHECKING:
    from uncork.transaction.journal import Transaction


@dataclass(frozen=True)
class Applied:
    """An apply that can be undone.

    Args:
        number: from 1, in the order of application; 0 if there was nothing to change.
        label: what was applied, for people.
        when: in UTC, as ISO 8601.
        edited: the paths of the files that it changed.
        created: the paths of those that it made.
        removed: the paths of those that it removed.
    """

    number: int
    label: str
    when: str
    edited: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def status(self) -> ExitStatus:
        """Done."""
        return ExitStatus.DONE

    @property
    def paths(self) -> tuple[str, ...]:
        """All files that it touched, by path."""
        return tuple(sorted((*self.edited, *self.created, *self.removed)))


@dataclass(frozen=True)
class Recovered:
    """What had to be done about a command that did not come to its end.

    Args:
        command: what was interrupted.
        finished: it had done all its work; else it was rolled back.
        applied: what it was about, unless it was interrupted before that was written down.
    """

    command: Literal["apply", "undo"]
    finished: bool
    applied: Applied | None


@dataclass(frozen=True)
class Undone:
    """What `undo` did.

    Args:
        folder: the project's folder, for people.
        applied: the apply that does not count any more; None, there was none.
        left: how many applies can still be undone.
        recovered: an interruption that was dealt with on the way.
    """

    folder: str
    applied: Applied | None
    left: int
    recovered: Recovered | None = None

    @property
    def status(self) -> ExitStatus:
        """Done; having nothing to undo is no failure."""
        return ExitStatus.DONE


def applied_of(transaction: Transaction) -> Applied:
    """A transaction as its result names it."""
    records = transaction.records
    return Applied(
        number=transaction.number,
        label=transaction.label,
        when=transaction.when,
        edited=tuple(record.path for record in records if record.before and record.after),
        created=tuple(record.path for record in records if not record.before),
        removed=tuple(record.path for record in records if not record.after),
    )
