"""Apply, undo, and what makes the tree whole after either was interrupted."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import replace as with_fields
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from uncork.errors import DeclinedError, Place, SystemRefusedError, UncorkError
from uncork.transaction import journal
from uncork.transaction.disk import DISK, FileState, mode_for_new, owner_for_new, read_state
from uncork.transaction.errors import refusals
from uncork.transaction.journal import Record, Store, Transaction
from uncork.transaction.lock import locked
from uncork.transaction.moves import (
    Side,
    clear,
    missing_folders,
    moves_left_to,
    moves_to,
    need_unchanged,
    replace,
    stage,
)
from uncork.transaction.places import real_place
from uncork.transaction.results import Applied, Recovered, Undone, applied_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from uncork.changes import FileChange
    from uncork.transaction.disk import Disk


def apply(folder: Path, changes: Sequence[FileChange], *, label: str, disk: Disk = DISK) -> Applied:
    """Make a plan's changes, all of them or none.

    Args:
        folder: the project's folder.
        changes: a plan's files; one whose bytes stay as they are is passed over.
        label: what is applied, for people, such as ``migrate server.py``.
        disk: the effects.

    Raises:
        ChangedError: a file is not what the plan has seen.
        DeclinedError: a file can't be replaced without a loss.
        SystemRefusedError: a permission, an owner that can't be kept, or no room.
    """
    real = tuple(change for change in changes if change.before != change.after)
    if not real:
        return Applied(0, label, _now())
    folder = folder.resolve()
    store = Store(folder, disk)
    with refusals(folder), locked(store, disk):
        _settle(store, disk)
        transaction = _transaction(store, real, label)
        moves = moves_to(Side.AFTER, transaction, folder)
        try:
            store.write(transaction)
            stage(moves, folder, disk)
            # An editor may have saved in the meantime.
            need_unchanged(moves, Side.AFTER, transaction)
            store.rename(journal.PREPARING, journal.APPLYING)
            replace(moves, disk)
            store.rename(journal.APPLYING, transaction.name)
        except BaseException as error:
            _settle_after(error, store, disk)
            raise
        return applied_of(transaction)


def undo(folder: Path, *, disk: Disk = DISK) -> Undone:
    """Put back every file of the last apply, byte for byte, with its mode and owner.

    If the last apply was interrupted, rolling it back is what this does; one call
    never takes back more than one.

    Args:
        folder: the project's folder.
        disk: the effects.

    Raises:
        ChangedError: somebody has edited a file since.
        DeclinedError: a file can't be replaced without a loss.
        SystemRefusedError: a permission, an owner that can't be kept, or no room.
    """
    folder = folder.resolve()
    store = Store(folder, disk)
    with refusals(folder):
        if not store.root.exists():
            return Undone(str(folder), None, 0)
        with locked(store, disk):
            recovered = _settle(store, disk)
            names = store.applied()
            if recovered and (recovered.command == "apply" or recovered.finished):
                return Undone(str(folder), recovered.applied, len(names), recovered)
            if not names:
                return Undone(str(folder), None, 0, recovered)
            transaction = store.load(names[-1])
            _undo(store, transaction, disk)
            return Undone(str(folder), applied_of(transaction), len(names) - 1, recovered)


def recover(folder: Path, *, disk: Disk = DISK) -> Recovered | None:
    """Make the tree whole after a command that was killed; nothing, if none was.

    Args:
        folder: the project's folder.
        disk: the effects.

    Raises:
        ChangedError: somebody has edited one of its files in the meantime.
        SystemRefusedError: a permission, or no room.
    """
    folder = folder.resolve()
    store = Store(folder, disk)
    with refusals(folder):
        names = store.names()
        if names.intersection(journal.UNFINISHED):
            with locked(store, disk):
                return _settle(store, disk)
    if store.is_bare() and store.root.is_dir():
        # What a kill between the last file and the folder leaves is worth no error.
        with suppress(OSError, SystemRefusedError), locked(store, disk):
            pass
    return None


def _undo(store: Store, transaction: Transaction, disk: Disk) -> None:
    moves = moves_to(Side.BEFORE, transaction, store.folder)
    try:
        store.rename(transaction.name, journal.UNPREPARING)
        stage(moves, store.folder, disk)
        need_unchanged(moves, Side.BEFORE, transaction)
        store.rename(journal.UNPREPARING, journal.UNDOING)
        replace(moves, disk)
        clear(transaction, store.folder, disk, side=Side.BEFORE)
        store.rename(journal.UNDOING, journal.UNDONE)
        store.delete(journal.UNDONE)
    except BaseException as error:
        _settle_after(error, store, disk)
        raise


def _settle(store: Store, disk: Disk) -> Recovered | None:
    """Bring an interrupted transaction to one of its sides. At most one is unfinished."""
    names = store.names()
    if journal.WRITING in names:
        store.delete(journal.WRITING)
        return Recovered("apply", finished=False, applied=None)
    if journal.DROPPED in names:
        store.delete(journal.DROPPED)
        return Recovered("apply", finished=False, applied=None)
    if journal.UNDONE in names:
        store.delete(journal.UNDONE)
        return Recovered("undo", finished=True, applied=None)
    if names.intersection({journal.PREPARING, journal.APPLYING}):
        return _roll_apply_back(store, disk)
    if names.intersection({journal.UNPREPARING, journal.UNDOING}):
        return _roll_undo_back(store, disk)
    return None


def _roll_apply_back(store: Store, disk: Disk) -> Recovered:
    state = journal.APPLYING if journal.APPLYING in store.names() else journal.PREPARING
    transaction = store.load(state)
    if state == journal.APPLYING:
        moves = moves_left_to(Side.BEFORE, transaction, store.folder, state)
        stage(moves, store.folder, disk)
        replace(moves, disk)
    clear(transaction, store.folder, disk, side=Side.BEFORE)
    store.rename(state, journal.DROPPED)
    store.delete(journal.DROPPED)
    return Recovered("apply", finished=False, applied=applied_of(transaction))


def _roll_undo_back(store: Store, disk: Disk) -> Recovered:
    state = journal.UNDOING if journal.UNDOING in store.names() else journal.UNPREPARING
    transaction = store.load(state)
    if state == journal.UNDOING:
        moves = moves_left_to(Side.AFTER, transaction, store.folder, state)
        stage(moves, store.folder, disk)
        replace(moves, disk)
    clear(transaction, store.folder, disk, side=Side.AFTER)
    store.rename(state, transaction.name)
    return Recovered("undo", finished=False, applied=applied_of(transaction))


def _settle_after(error: BaseException, store: Store, disk: Disk) -> None:
    try:
        _settle(store, disk)
    except (OSError, UncorkError) as second:
        raise SystemRefusedError(
            f"{error}, and the files could not be put back: {second}",
            place=Place(journal.FOLDER),
            hint="mend that, then run: uncork undo",
        ) from error


def _transaction(store: Store, changes: tuple[FileChange, ...], label: str) -> Transaction:
    places = [real_place(store.folder, change.path) for change in changes]
    for place, change in zip(places, changes, strict=True):
        if places.count(place) > 1:
            raise DeclinedError(
                "is a second name of a file that this plan changes, too", place=Place(change.path)
            )
    names = store.applied()
    return Transaction(
        number=int(names[-1]) + 1 if names else 1,
        label=label,
        when=_now(),
        token=secrets.token_hex(4),
        folders=missing_folders(store.folder, places),
        records=tuple(
            _record(change, place) for change, place in zip(changes, places, strict=True)
        ),
    )


def _record(change: FileChange, place: Path) -> Record:
    """A change with what a plan does not know: modes, owners, attributes."""
    try:
        found = read_state(place)
    except IsADirectoryError:
        found = None
    if found is None:
        parent = next(path for path in place.parents if path.exists())
        owner = owner_for_new(parent)
        found = FileState(b"", mode_for_new(), owner.uid, owner.gid)
    before, after = (
        # The plan's bytes and not those found: if they differ, the check that follows says so.
        None if content is None else with_fields(found, content=content)
        for content in (change.before, change.after)
    )
    return Record(change.path, before, after)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
