"""What the tests of transactions share: a look at a whole tree."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from uncork.transaction.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests sync some ten thousand times, and what that is for, a power cut, none can see.

    That everything is synced, and in which order, test_interruptions.py looks at.
    """
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@dataclass(frozen=True)
class Entry:
    """All of a file, folder or link that `undo` has to bring back."""

    kind: int
    mode: int
    uid: int
    gid: int
    content: bytes | str | None
    attributes: tuple[tuple[str, bytes], ...]


Tree = dict[str, Entry]


def _entry(path: Path) -> Entry:
    found = path.lstat()
    content: bytes | str | None = None
    if path.is_symlink():
        content = str(path.readlink())
    elif path.is_file():
        content = path.read_bytes()
    names = sorted(os.listxattr(path, follow_symlinks=False))
    attributes = tuple((name, os.getxattr(path, name, follow_symlinks=False)) for name in names)
    mode = stat.S_IMODE(found.st_mode)
    return Entry(stat.S_IFMT(found.st_mode), mode, found.st_uid, found.st_gid, content, attributes)


@pytest.fixture(scope="session")
def tree_of() -> Callable[[Path], Tree]:
    """Everything in a folder by its path, the folder itself included."""

    def tree(folder: Path) -> Tree:
        paths = [folder, *folder.rglob("*")]
        return {path.relative_to(folder).as_posix(): _entry(path) for path in paths}

    return tree


@pytest.fixture(scope="session")
def without_journal() -> Callable[[Tree], Tree]:
    """A tree without ``.uncork``."""

    def strip(tree: Tree) -> Tree:
        return {path: entry for path, entry in tree.items() if path.split("/")[0] != ".uncork"}

    return strip


class WatchedDisk(Disk):
    """A disk that tells `before` about every effect ahead of it.

    Args:
        before: called with the effect's number from 1, its name and its arguments.
    """

    def __init__(self, before: Callable[[int, str, tuple[Any, ...]], None]) -> None:
        self.steps = 0
        self.before = before

    def __getattribute__(self, name: str) -> Any:
        effect = super().__getattribute__(name)
        if name not in vars(Disk) or name.startswith("_"):
            return effect

        def watched(*args: object) -> object:
            self.steps += 1
            self.before(self.steps, name, args)
            return effect(*args)

        return watched


@pytest.fixture(scope="session")
def watched_disk() -> type[WatchedDisk]:
    """The class of a disk that tells a test about every effect before it happens."""
    return WatchedDisk
