"""Reads a project from disk, once, into the immutable `Project` that everything else works on."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from uncork.errors import SystemRefusedError
from uncork.source.project import Project
from uncork.source.requirements import is_requirements_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.discovery.target import Target

# Folders that hold no code of the project itself.
_SKIPPED = {"__pycache__", "node_modules", "site-packages", "build", "dist"}
# Besides Python and what names requirements: config files, and the units of systemd.
_READ = {".cfg", ".service"}


def load_project(target: Target) -> Project:
    """The project around a script: the Python files in its folder and below.

    Hidden folders, virtual environments and build output are left out.

    Raises:
        UsageError: the target names no script.
        SystemRefusedError: a file can't be read.
    """
    script, folder = target.need_script(), target.folder
    contents: dict[PurePosixPath, bytes] = {}
    try:
        for path in _files(folder):
            if path == script or _is_read(path):
                contents[PurePosixPath(path.relative_to(folder).as_posix())] = path.read_bytes()
        above = _above(folder)
    except OSError as error:
        raise SystemRefusedError(
            f"{error.filename} can't be read: {error.strerror}",
            hint="run uncork as the user who owns the project",
        ) from error
    beside = frozenset(entry.name for entry in os.scandir(script.parent))
    relative = PurePosixPath(script.relative_to(folder).as_posix())
    return Project(relative, contents, beside, _prefix(folder), above)


def _is_read(path: Path) -> bool:
    return path.suffix == ".py" or path.suffix in _READ or is_requirements_file(path)


def _above(folder: Path) -> dict[PurePosixPath, bytes]:
    """What names requirements above a folder that is part of a repository.

    Folders above may be anybody's: what can't be read there is passed over.
    """
    folders = [folder, *folder.parents]
    root = next((n for n, parent in enumerate(folders) if (parent / ".git").exists()), 0)
    found: dict[PurePosixPath, bytes] = {}
    for parent in folders[1 : root + 1]:
        with contextlib.suppress(OSError):
            files = sorted(path for path in parent.iterdir() if is_requirements_file(path))
            found |= {PurePosixPath(path): path.read_bytes() for path in files if path.is_file()}
    return found


def _prefix(folder: Path) -> str:
    """How the user, who stands in the current folder, would name this one; '' for that itself."""
    shown = os.path.relpath(folder)
    if shown == ".":
        return ""
    return f"{folder if shown.startswith('..') else shown}/"


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if _is_own(Path(parent, name)))
        yield from (Path(parent, name) for name in sorted(files))


def _is_own(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in _SKIPPED
    return not hidden and not (folder / "pyvenv.cfg").exists()
