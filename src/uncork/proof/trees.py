"""Throw-away copies of the user's folders: made, changed to one of the two trees, and read.

Imported by PID 1 of an isolation, which has the standard library alone.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

IGNORED = frozenset(
    {"__pycache__", ".git", ".uncork", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
"""Folders that the comparison of files leaves out: nothing in them is the app's doing."""


@dataclass(frozen=True)
class Copy:
    """A folder that the app may write to, as a throw-away copy at its own path.

    Args:
        path: where it stands.
        overlay: whether it is an overlay; else it was copied.
        lower: what it looks like without the app's writes.
        upper: where the app's writes are.
    """

    path: Path
    overlay: bool
    lower: Path
    upper: Path


def copy_tree(source: Path, target: Path, keep: Callable[[Path, Path], None]) -> None:
    """Copy what an app can need; a virtual environment and a repository stay where they are.

    Args:
        source: the folder.
        target: an empty folder.
        keep: makes a folder, its first argument, appear at its second.
    """
    for entry in os.scandir(source):
        path, place = Path(entry.path), target / entry.name
        if entry.is_symlink():
            place.symlink_to(path.readlink())
        elif entry.name in IGNORED - {".git"}:
            continue
        elif entry.is_dir() and (entry.name == ".git" or (path / "pyvenv.cfg").exists()):
            keep(path, place)
        elif entry.is_dir():
            place.mkdir()
            shutil.copystat(path, place)
            copy_tree(path, place, keep)
        elif entry.is_file():
            shutil.copy2(path, place)


def apply_files(folder: Path, files: Mapping[str, str | None]) -> None:
    """Write (base64) or remove files of a tree; their time is fixed, so that answers are equal."""
    for name, content in files.items():
        path = folder / name
        if content is None:
            path.unlink(missing_ok=True)
            continue
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
        path.chmod(mode)
        owner = folder.stat()
        with contextlib.suppress(OSError):
            os.chown(path, owner.st_uid, owner.st_gid)
        os.utime(path, (1_000_000_000, 1_000_000_000))


def applied_digests(folder: Path, files: Mapping[str, str | None], place: Path) -> dict[str, str]:
    """What `written` needs to know of the files that `apply_files` wrote.

    Args:
        folder: where they were written.
        files: what was written.
        place: where the app believes the folder to be.
    """
    return {
        str(place / name): digest(folder / name) if content is not None else "removed"
        for name, content in files.items()
    }


def written(copies: list[Copy], *, applied: Mapping[str, str]) -> dict[str, str]:
    """What the app created, changed or removed, by absolute path.

    Args:
        copies: the folders that it could write to.
        applied: digests of files that the tree itself brought; unchanged ones are no news.

    Returns:
        for each path the digest of its new content, or ``removed``.
    """
    found: dict[str, str] = {}
    for copy in copies:
        inner = {other.path for other in copies if copy.path in other.path.parents}
        for relative, path in _walk(copy.upper):
            place = copy.path / relative
            if any(other == place or other in place.parents for other in inner):
                continue
            state = path.lstat()
            before = copy.lower / relative
            if stat.S_ISCHR(state.st_mode):
                # A whiteout: overlayfs.rst.
                if before.exists() and applied.get(str(place)) != "removed":
                    found[str(place)] = "removed"
            elif stat.S_ISREG(state.st_mode) and not _untouched(state, before):
                now = digest(path)
                known = applied.get(str(place)) or (digest(before) if before.is_file() else "")
                if now != known:
                    found[str(place)] = now
        if not copy.overlay:
            found.update(_removed(copy, applied))
    return found


def _untouched(state: os.stat_result, before: Path) -> bool:
    """Whether a copied file has the time and size that it was copied with."""
    try:
        model = before.stat()
    except OSError:
        return False
    return (state.st_mtime_ns, state.st_size) == (model.st_mtime_ns, model.st_size)


def _removed(copy: Copy, applied: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for relative, _ in _walk(copy.lower):
        place = str(copy.path / relative)
        if not (copy.upper / relative).exists() and applied.get(place) != "removed":
            yield place, "removed"


def _walk(folder: Path) -> Iterator[tuple[Path, Path]]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in IGNORED and not Path(parent, name, "pyvenv.cfg").exists()
        )
        for name in sorted(files):
            path = Path(parent, name)
            yield path.relative_to(folder), path


def digest(path: Path) -> str:
    """The first characters of a file's SHA-256; the path's state, if it can't be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as error:
        return f"unreadable: {error.strerror}"
