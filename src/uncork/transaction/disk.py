"""What a transaction does to the disk, one method an effect, and what it reads there.

Every effect goes through a `Disk`, so that a test can end the process before any
one of them and see what the next command makes of it.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

AS_CREATED = -1
"""An owner or group that fchown(2) leaves as it is."""

# What setxattr(2) answers where an attribute cannot be had; shutil.copystat
# passes over the same ones.
_NO_ATTRIBUTES = {errno.EPERM, errno.ENOTSUP, errno.ENODATA, errno.EINVAL, errno.EACCES}


@dataclass(frozen=True)
class FileState:
    """All of a file that a transaction keeps.

    Args:
        content: its bytes.
        mode: its permission bits.
        uid: its owner, or `AS_CREATED`.
        gid: its group, or `AS_CREATED`.
        attributes: its extended attributes, access control lists among them.
    """

    content: bytes
    mode: int
    uid: int = AS_CREATED
    gid: int = AS_CREATED
    attributes: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class Owner:
    """To whom a new file or folder is given."""

    uid: int = AS_CREATED
    gid: int = AS_CREATED


class Disk:
    """The effects. Each either happens or raises OSError."""

    def make_folder(self, path: Path, mode: int, owner: Owner) -> None:
        """Make one folder; one that is there is left alone."""
        try:
            path.mkdir(mode)
        except FileExistsError:
            return
        _give(path, owner)

    def open_lock(self, path: Path, owner: Owner) -> int:
        """A descriptor of the lock file, made if it is not there."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        _give(descriptor, owner)
        return descriptor

    def write(self, path: Path, state: FileState) -> None:
        """Make a new file, whole and on the disk when this returns.

        The bytes come last to be readable: until then the mode is 0600, because a
        copy of a private file must not be open to others even for a moment.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            file.write(state.content)
            file.flush()
            descriptor = file.fileno()
            # chown(2) clears mode bits, so it comes before chmod(2).
            _give(descriptor, Owner(state.uid, state.gid))
            _set_attributes(descriptor, state.attributes)
            os.fchmod(descriptor, state.mode)
            os.fsync(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Give a file or a folder another name, in one step; a file there is replaced."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Remove a file; one that is not there is no error."""
        path.unlink(missing_ok=True)

    def remove_folder(self, path: Path) -> None:
        """Remove a folder if it is empty; one that is not there is no error."""
        try:
            path.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                raise

    def sync_folder(self, path: Path) -> None:
        """Have the names in a folder on the disk; one that is not there is no error."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


DISK = Disk()


def read_state(path: Path) -> FileState | None:
    """A regular file as it stands, or None where there is nothing.

    Raises:
        IsADirectoryError: something stands there that is no regular file.
        OSError: it can't be read.
    """
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "not a regular file", str(path))
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        attributes = _attributes(descriptor)
        return FileState(
            file.read(), stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid, attributes
        )


def owner_for_new(folder: Path) -> Owner:
    """Who gets what is made in a folder: for root the folder's owner, else whoever runs this.

    `sudo uncork` in somebody's project must not leave files there that they cannot edit.
    """
    if os.geteuid() != 0:
        return Owner()
    found = folder.stat()
    return Owner(found.st_uid, found.st_gid)


def mode_for_new() -> int:
    """The permission bits of a new file under this process's umask."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


def _give(file: int | Path, owner: Owner) -> None:
    found = os.stat(file)  # noqa: PTH116 - it may be a descriptor
    uid = AS_CREATED if owner.uid == found.st_uid else owner.uid
    gid = AS_CREATED if owner.gid == found.st_gid else owner.gid
    # Even a chown that changes nothing clears mode bits, and may be refused.
    if (uid, gid) != (AS_CREATED, AS_CREATED):
        os.chown(file, uid, gid)


def _attributes(descriptor: int) -> tuple[tuple[str, bytes], ...]:
    if not hasattr(os, "listxattr"):
        return ()
    try:
        names = os.listxattr(descriptor)
        return tuple((name, os.getxattr(descriptor, name)) for name in sorted(names))
    except OSError as error:
        if error.errno not in _NO_ATTRIBUTES:
            raise
        return ()


def _set_attributes(descriptor: int, attributes: tuple[tuple[str, bytes], ...]) -> None:
    for name, value in attributes:
        _set_attribute(descriptor, name, value)


def _set_attribute(descriptor: int, name: str, value: bytes) -> None:
    try:
        os.setxattr(descriptor, name, value)
    except OSError as error:
        if error.errno not in _NO_ATTRIBUTES:
            raise
