"""Where a change really stands, and what uncork will not replace."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from uncork.errors import DeclinedError, InvariantError, Place, SystemRefusedError
from uncork.transaction.disk import AS_CREATED
from uncork.transaction.journal import FOLDER

if TYPE_CHECKING:
    from uncork.transaction.disk import FileState

_SPECIAL = stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX


def real_place(folder: Path, path: str) -> Path:
    """Where the bytes of a change stand: symbolic links are followed, so that they stay.

    Args:
        folder: the project's folder.
        path: a change's path.

    Raises:
        InvariantError: the path is no path inside a project.
        DeclinedError: a link leads out of the project.
    """
    pure = PurePosixPath(path)
    if not pure.parts or pure.is_absolute() or ".." in pure.parts or pure.parts[0] == FOLDER:
        raise InvariantError(f"{path!r} is no path inside a project")
    root = os.path.realpath(folder)
    real = Path(os.path.realpath(os.path.join(root, path)))  # noqa: PTH118 - as realpath wants it
    inside = real.relative_to(root).parts if real.is_relative_to(root) else ()
    if not inside or inside[0] == FOLDER:
        raise DeclinedError(
            f"leads to {real}, which is outside of the project",
            place=Place(path),
            hint="work in the folder that the file really stands in, or replace the link by a copy",
        )
    return real


def need_replaceable(path: str, place: Path, owner: FileState) -> None:
    """Refuse a file that could not be replaced without a loss.

    Replacing makes a new file under the old name. That would part hard links,
    pass over a read-only mark (only the folder's permissions count), and give the
    file to whoever runs uncork.

    Args:
        path: as people know it.
        place: where it really stands; it exists.
        owner: the state whose owner and group the new file must have.

    Raises:
        DeclinedError: it has several names, or special mode bits.
        SystemRefusedError: it is read-only, or its owner cannot be kept.
    """
    found = os.lstat(place)
    if found.st_nlink > 1:
        raise DeclinedError(
            f"has {found.st_nlink} hard links, and the others would keep the old content",
            place=Place(path),
            hint=f"part it from them first: cp -p {path} {path}.own && mv {path}.own {path}",
        )
    if found.st_mode & _SPECIAL:
        raise DeclinedError(
            f"has special mode bits ({stat.filemode(found.st_mode)})",
            place=Place(path),
            hint=f"chmod ug-s,-t {path}",
        )
    # Root may write it all the same, but whoever took the right away meant something.
    if not found.st_mode & stat.S_IWUSR:
        raise SystemRefusedError("is read-only", place=Place(path), hint=f"chmod u+w {path}")
    _need_ownership(path, owner)


def _need_ownership(path: str, owner: FileState) -> None:
    user = os.geteuid()
    if user == 0:
        return
    if owner.uid not in {user, AS_CREATED}:
        name = _user(owner.uid)
        raise SystemRefusedError(
            f"belongs to {name}, and would belong to {_user(user)} afterwards",
            place=Place(path),
            hint=f"run this as {name}, or as root",
        )
    if owner.gid not in {os.getegid(), *os.getgroups(), AS_CREATED}:
        raise SystemRefusedError(
            f"belongs to the group {_group(owner.gid)}, which {_user(user)} is not in",
            place=Place(path),
            hint=f"run this as a member of {_group(owner.gid)}, or as root",
        )


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
