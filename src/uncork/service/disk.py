"""Files that are there whole or not at all, whenever the process is killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from uncork.errors import SystemRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK = "/run/uncork-service.lock"
PUBLIC, PRIVATE = 0o644, 0o600


@dataclass(frozen=True)
class FileState:
    """A file of ours, or that there is none.

    Args:
        path: absolute.
        content: its text; None, there is none.
        mode: its permission bits.
    """

    path: str
    content: str | None
    mode: int = PUBLIC


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Hold the lock that only one change of services at a time can have; it ends with the process.

    Raises:
        SystemRefusedError: another process has it.
    """
    handle = os.open(LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise SystemRefusedError(
            "another uncork is changing services at this moment", hint="wait until it has ended"
        ) from error
    try:
        yield
    finally:
        os.close(handle)


def read(path: PurePosixPath) -> FileState:
    """A file as it is; undecodable bytes survive a round trip."""
    file = Path(path)
    try:
        content = file.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return FileState(str(path), None)
    return FileState(str(path), content, stat.S_IMODE(file.stat().st_mode))


def write(path: PurePosixPath, content: str, mode: int = PUBLIC) -> None:
    """Replace a file at once, and be back only when it is on the disk; its folder is made."""
    target = Path(path)
    make_folder(target.parent)
    new = target.with_name(f".{target.name}.uncork-new")
    # The mode is given when it is made: a secret is never readable, not even for a moment.
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        os.fchmod(handle, mode)
        file.write(content)
        file.flush()
        os.fsync(handle)
    new.replace(target)
    _sync(target.parent)


def put_back(state: FileState) -> None:
    """Make a file what it was, or take it away."""
    path = Path(state.path)
    path.with_name(f".{path.name}.uncork-new").unlink(missing_ok=True)
    if state.content is None:
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            _sync(path.parent)
    else:
        write(PurePosixPath(path), state.content, state.mode)


def rename(path: PurePosixPath, to: PurePosixPath) -> None:
    """Give a file another name in its folder, at once."""
    Path(path).replace(to)
    _sync(Path(to).parent)


def remove(path: PurePosixPath) -> None:
    """Remove a file, if it is there."""
    Path(path).unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, for everyone to enter."""
    if not path.is_dir():
        make_folder(path.parent)
        with contextlib.suppress(FileExistsError):
            path.mkdir()
        path.chmod(0o755)
        _sync(path.parent)


def remove_folder_if_empty(path: PurePosixPath) -> None:
    """Remove a folder that nobody uses any more."""
    with contextlib.suppress(OSError):
        Path(path).rmdir()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
