"""Bringing the files of a transaction to one of its two sides.

All new files are written first, beside the old ones; only then are they renamed
into place. What can fail for want of space or permission has failed by then, with
the tree untouched.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from uncork.errors import ChangedError, Place
from uncork.transaction.disk import owner_for_new, read_state
from uncork.transaction.journal import FOLDER
from uncork.transaction.places import need_replaceable, real_place

if TYPE_CHECKING:
    from pathlib import Path

    from uncork.transaction.disk import Disk, FileState
    from uncork.transaction.journal import Record, Transaction


class Side(Enum):
    """The two sides of a transaction."""

    BEFORE = "before"
    AFTER = "after"

    @property
    def other(self) -> Side:
        """Where one comes from to get to this side."""
        return Side.AFTER if self is Side.BEFORE else Side.BEFORE

    def of(self, record: Record) -> FileState | None:
        """A record's file on this side; None, there is none."""
        return record.before if self is Side.BEFORE else record.after


@dataclass(frozen=True)
class Move:
    """One file that has to be brought to a side.

    Args:
        path: as people know it.
        place: where its bytes really stand.
        temporary: where its new bytes are written first.
        old: what stands there now; None, nothing.
        new: what shall stand there; None, nothing.
    """

    path: str
    place: Path
    temporary: Path
    old: FileState | None
    new: FileState | None


def moves_to(side: Side, transaction: Transaction, folder: Path) -> tuple[Move, ...]:
    """What has to be done to bring every file to a side, all of them standing on the other.

    Raises:
        ChangedError: a file is not what it has to be.
        DeclinedError: a file can't be replaced without a loss.
        SystemRefusedError: the same, for want of permission.
    """
    moves = tuple(_move(record, side, transaction, folder) for record in transaction.records)
    need_unchanged(moves, side, transaction)
    for move in moves:
        if move.old:
            need_replaceable(move.path, move.place, move.new or move.old)
    return moves


def moves_left_to(
    side: Side, transaction: Transaction, folder: Path, state: str
) -> tuple[Move, ...]:
    """The same after an interruption, when some of the files stand on that side already.

    Raises:
        ChangedError: a file is what it was on neither side; somebody has edited it since.
    """
    moves = tuple(_move(record, side, transaction, folder) for record in transaction.records)
    found = [(move, _content(read_state(move.place))) for move in moves]
    strange = [
        move for move, content in found if content not in {_content(move.old), _content(move.new)}
    ]
    if strange:
        copies = f"{FOLDER}/{state}"
        raise ChangedError(
            f"was edited after uncork was interrupted{_also(strange)}",
            place=Place(strange[0].path),
            hint=f"make it what it is in {copies}/before or {copies}/after,"
            f" or keep all files as they are now: rm -r {copies}",
        )
    return tuple(move for move, content in found if content != _content(move.new))


def need_unchanged(moves: tuple[Move, ...], side: Side, transaction: Transaction) -> None:
    """Refuse if a file is not what a move to this side expects.

    Raises:
        ChangedError: it names the first of them as its place and all of them in its fact.
    """
    changed = [move for move in moves if not _stands(move.place, move.old)]
    if not changed:
        return
    first = changed[0]
    since = "the plan was made" if side is Side.AFTER else "uncork changed it"
    if first.old is None:
        fact = f"has come into being since {since}"
    elif not first.place.exists():
        fact = f"was removed since {since}"
    else:
        fact = f"was edited since {since}"
    copy = f"{FOLDER}/{transaction.name}/before/{first.path}"
    hint = (
        "make a new plan: uncork migrate"
        if side is Side.AFTER
        else f"take that back first; what it was before uncork is kept in {copy}"
        if first.new
        else "take that back first, or remove what you do not need by hand"
    )
    raise ChangedError(f"{fact}{_also(changed)}", place=Place(first.path), hint=hint)


def stage(moves: tuple[Move, ...], folder: Path, disk: Disk) -> None:
    """Write every new file beside the one that it will replace."""
    for move in moves:
        if move.new is None:
            continue
        for parent in _missing_parents(move.place, folder.resolve()):
            disk.make_folder(parent, 0o777, owner_for_new(parent.parent))
            disk.sync_folder(parent.parent)
        # An interrupted run may have left its own there.
        disk.remove(move.temporary)
        disk.write(move.temporary, move.new)


def replace(moves: tuple[Move, ...], disk: Disk) -> None:
    """Give every staged file its name, and remove what shall not be there."""
    for move in moves:
        if move.new is None:
            disk.remove(move.place)
        else:
            disk.rename(move.temporary, move.place)
    for folder in sorted({move.place.parent for move in moves}):
        disk.sync_folder(folder)


def clear(transaction: Transaction, folder: Path, disk: Disk, *, side: Side) -> None:
    """Remove temporary files and, going back, the folders that the transaction made."""
    for record in transaction.records:
        disk.remove(real_place(folder, record.path).with_name(transaction.temporary(record)))
    if side is Side.BEFORE:
        for path in reversed(transaction.folders):
            made = real_place(folder, path)
            # Files of somebody else may be in it by now: then it stays.
            disk.remove_folder(made)
            disk.sync_folder(made.parent)


def missing_folders(folder: Path, places: list[Path]) -> tuple[str, ...]:
    """The folders that have to be made for these files, the outer ones first."""
    root = folder.resolve()
    missing = {parent for place in places for parent in _missing_parents(place, root)}
    return tuple(sorted(parent.relative_to(root).as_posix() for parent in missing))


def _missing_parents(place: Path, root: Path) -> list[Path]:
    inside = [parent for parent in place.parents if parent.is_relative_to(root)]
    return [parent for parent in reversed(inside) if not parent.exists()]


def _move(record: Record, side: Side, transaction: Transaction, folder: Path) -> Move:
    place = real_place(folder, record.path)
    temporary = place.with_name(transaction.temporary(record))
    return Move(record.path, place, temporary, side.other.of(record), side.of(record))


def _stands(place: Path, expected: FileState | None) -> bool:
    try:
        return _content(read_state(place)) == _content(expected)
    except IsADirectoryError:
        return False


def _content(state: FileState | None) -> bytes | None:
    return state.content if state else None


def _also(moves: list[Move]) -> str:
    others = ", ".join(move.path for move in moves[1:])
    return f"; also changed: {others}" if others else ""
