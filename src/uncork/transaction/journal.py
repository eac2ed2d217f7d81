"""The journal: what a transaction changes, kept in ``.uncork`` before it changes anything.

One folder a transaction, and its *name* is its state, since a rename is the one
step that a kill cannot halve:

    writing      the journal is being written; the tree is untouched
    preparing    the new files lie beside the old ones; the tree is untouched
    applying     files are being replaced
    0001, 0002   applied
    unpreparing  undo's files lie beside the applied ones; the tree is as applied
    undoing      files are being put back
    dropped      an apply that was rolled back, being deleted
    undone       an undo that is complete, being deleted

In it stand ``journal.json`` and the whole files under ``before/`` and ``after/``,
by their own names: without uncork, ``cp`` can put everything back.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from uncork.changes import FileChange
from uncork.errors import Place, SystemRefusedError
from uncork.transaction.disk import FileState, Owner, owner_for_new

if TYPE_CHECKING:
    from uncork.transaction.disk import Disk

FOLDER = ".uncork"
VERSION = 1

WRITING, PREPARING, APPLYING = "writing", "preparing", "applying"
UNPREPARING, UNDOING = "unpreparing", "undoing"
DROPPED, UNDONE = "dropped", "undone"
UNFINISHED = (WRITING, PREPARING, APPLYING, UNPREPARING, UNDOING, DROPPED, UNDONE)

_IGNORE = ".gitignore"
_LOCK = "lock"


@dataclass(frozen=True)
class Record:
    """One file of a transaction.

    Args:
        path: relative to the project's folder, with forward slashes.
        before: what it was; None, there was none.
        after: what it becomes; None, it is removed.
    """

    path: str
    before: FileState | None
    after: FileState | None

    def change(self) -> FileChange:
        """This file as a plan names it."""
        return FileChange(
            self.path,
            self.before.content if self.before else None,
            self.after.content if self.after else None,
        )


@dataclass(frozen=True)
class Transaction:
    """Everything that is needed to go forward or back.

    Args:
        number: from 1; the order in which they were applied.
        label: what was applied, for people.
        when: in UTC, as ISO 8601.
        token: part of the temporary files' names, so that they meet no other file.
        folders: those that it makes, the outer ones first.
        records: its files.
    """

    number: int
    label: str
    when: str
    token: str
    folders: tuple[str, ...]
    records: tuple[Record, ...]

    @property
    def name(self) -> str:
        """The name of its folder once it is applied."""
        return f"{self.number:04}"

    def temporary(self, record: Record) -> str:
        """The name of a record's temporary file, which stands in the file's own folder."""
        return f".uncork-{self.token}-{self.records.index(record)}"


class Store:
    """``.uncork`` in a project's folder."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.folder = folder
        self.root = folder / FOLDER
        self._disk = disk

    @property
    def lock(self) -> Path:
        """The file that is locked while a transaction runs."""
        return self.root / _LOCK

    def names(self) -> set[str]:
        """What stands in ``.uncork``; nothing, if there is none."""
        try:
            return {path.name for path in self.root.iterdir()}
        except FileNotFoundError:
            return set()

    def applied(self) -> list[str]:
        """The names of what is applied, the first one first."""
        return sorted((name for name in self.names() if name.isdecimal()), key=int)

    def is_bare(self) -> bool:
        """Whether nothing but uncork's own furniture is left."""
        return self.names() <= {_IGNORE, _LOCK}

    def make(self) -> None:
        """Make ``.uncork``, which others may list but not read."""
        if self.root.is_symlink():
            raise SystemRefusedError(
                "is a symbolic link, and backups must stay in the project",
                place=Place(FOLDER),
                hint=f"remove the link {self.root}",
            )
        self._disk.make_folder(self.root, 0o755, owner_for_new(self.folder))

    def write(self, transaction: Transaction) -> None:
        """Write a transaction's journal; when this returns its state is "preparing"."""
        owner = owner_for_new(self.folder)
        self._ignore(owner)
        base = self.root / WRITING
        self._disk.make_folder(base, 0o700, owner)
        copies = {
            f"{side}/{record.path}": state.content
            for record in transaction.records
            for side, state in (("before", record.before), ("after", record.after))
            if state is not None
        }
        copies["journal.json"] = json.dumps(_to_json(transaction), indent=1).encode() + b"\n"
        for path, content in copies.items():
            for parent in reversed(PurePosixPath(path).parents[:-1]):
                self._disk.make_folder(base / parent, 0o700, owner)
            self._disk.write(base / path, FileState(content, 0o600, owner.uid, owner.gid))
        for folder in sorted({parent for path in copies for parent in PurePosixPath(path).parents}):
            self._disk.sync_folder(base / folder)
        self._disk.sync_folder(self.folder)
        self.rename(WRITING, PREPARING)

    def load(self, name: str) -> Transaction:
        """The transaction whose folder has this name.

        Raises:
            SystemRefusedError: it can't be read, or is not what was written.
        """
        base = self.root / name
        try:
            return _from_json(json.loads((base / "journal.json").read_bytes()), base)
        except (ValueError, KeyError, TypeError) as error:
            raise SystemRefusedError(
                f"the journal is damaged: {error}",
                place=Place(f"{FOLDER}/{name}"),
                hint=f"copy what you need from {base}, then remove it",
            ) from error

    def rename(self, name: str, new: str) -> None:
        """Move a transaction to another state, on the disk when this returns."""
        self._disk.rename(self.root / name, self.root / new)
        self._disk.sync_folder(self.root)

    def delete(self, name: str) -> None:
        """Delete a transaction that is over."""
        for found, folders, files in os.walk(self.root / name, topdown=False):
            for file in files:
                self._disk.remove(Path(found, file))
            for folder in folders:
                self._disk.remove_folder(Path(found, folder))
        self._disk.remove_folder(self.root / name)

    def remove_if_bare(self) -> None:
        """Leave no ``.uncork`` behind when nothing is in it."""
        if not self.is_bare():
            return
        self._disk.remove(self.root / _IGNORE)
        self._disk.remove(self.lock)
        self._disk.remove_folder(self.root)
        self._disk.sync_folder(self.folder)

    def _ignore(self, owner: Owner) -> None:
        """Keep ``.uncork`` out of `git status`, in itself and not in the user's .gitignore."""
        path = self.root / _IGNORE
        if path.is_file() and path.read_bytes() == b"*\n":
            return
        # A kill may have left half of it.
        self._disk.remove(path)
        self._disk.write(path, FileState(b"*\n", 0o644, owner.uid, owner.gid))


def _to_json(transaction: Transaction) -> dict[str, Any]:
    return {
        "version": VERSION,
        "number": transaction.number,
        "label": transaction.label,
        "when": transaction.when,
        "token": transaction.token,
        "folders": list(transaction.folders),
        "files": [
            {
                "path": record.path,
                "before": _state_to_json(record.before),
                "after": _state_to_json(record.after),
            }
            for record in transaction.records
        ],
    }


def _state_to_json(state: FileState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "sha256": hashlib.sha256(state.content).hexdigest(),
        "mode": f"{state.mode:04o}",
        "uid": state.uid,
        "gid": state.gid,
        "attributes": {name: base64.b64encode(value).decode() for name, value in state.attributes},
    }


def _from_json(value: dict[str, Any], base: Path) -> Transaction:
    if value["version"] != VERSION:
        raise ValueError(f"version {value['version']} is not {VERSION}; a newer uncork wrote it")
    return Transaction(
        number=int(value["number"]),
        label=str(value["label"]),
        when=str(value["when"]),
        token=str(value["token"]),
        folders=tuple(value["folders"]),
        records=tuple(
            Record(
                file["path"],
                _state_from_json(file["before"], base / "before" / file["path"]),
                _state_from_json(file["after"], base / "after" / file["path"]),
            )
            for file in value["files"]
        ),
    )


def _state_from_json(value: dict[str, Any] | None, copy: Path) -> FileState | None:
    if value is None:
        return None
    content = copy.read_bytes()
    if hashlib.sha256(content).hexdigest() != value["sha256"]:
        raise ValueError(f"{copy.name} is not the copy that was made")
    return FileState(
        content,
        # Never more than permission bits: a journal that somebody else wrote must
        # not make root create a program that runs as its owner.
        int(value["mode"], 8) & 0o777,
        value["uid"],
        value["gid"],
        tuple((name, base64.b64decode(text)) for name, text in sorted(value["attributes"].items())),
    )
