"""What git would lose sight of if uncork wrote now."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypedDict

from uncork.errors import SystemRefusedError
from uncork.transaction.journal import FOLDER

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_TIMEOUT = 60.0
"""Seconds; git status reads every tracked file's metadata, also over a network."""


class _Owner(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def dirty_files(folder: Path, planned: Collection[str] = ()) -> tuple[str, ...]:
    """The files whose content git does not have, so that uncork's changes would mix with it.

    Those are the tracked files with changes, staged or not. An untracked file
    counts only if the plan changes it: `git diff` could neither show that nor take it
    back, while a note or a scratch script beside the app is nobody's business.

    Args:
        folder: the project's folder; files outside of it do not count.
        planned: paths of the plan's changes, relative to the folder.

    Returns:
        Paths relative to the folder; nothing outside of a git work tree or without git.

    Raises:
        SystemRefusedError: there is a repository, and git can't say what has changed.
    """
    try:
        prefix = _git(folder, "rev-parse", "--show-prefix").removesuffix("\n")
        # With -z, paths are relative to the work tree's root, and no name is quoted.
        untracked = "all" if planned else "no"
        output = _git(
            folder,
            "status",
            "--porcelain=v1",
            "-z",
            "--no-renames",
            f"--untracked-files={untracked}",
            "--",
            ".",
        )
    except FileNotFoundError:
        return ()
    except subprocess.CalledProcessError as error:
        if not any((parent / ".git").exists() for parent in (folder, *folder.parents)):
            return ()
        reason = error.stderr.strip().splitlines() or [f"status {error.returncode}"]
        raise SystemRefusedError(
            f"git can't say what has changed: {reason[0].removeprefix('fatal: ')}",
            hint="mend that, or go on without asking git: --allow-dirty",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise SystemRefusedError(
            f"git status did not answer within {_TIMEOUT:g} seconds",
            hint="go on without asking git: --allow-dirty",
        ) from error
    return tuple(_counted(output, prefix, planned))


def _counted(output: str, prefix: str, planned: Collection[str]) -> list[str]:
    """The paths that count, of ``XY path`` entries that each end with a NUL (git-status(1))."""
    found = []
    for entry in output.split("\0")[:-1]:
        state, path = entry[:2], entry[3:].removeprefix(prefix)
        ours = PurePosixPath(path).parts[:1] == (FOLDER,)
        if not ours and (state != "??" or path in planned):
            found.append(path)
    return found


def _git(folder: Path, *arguments: str) -> str:
    # --no-optional-locks: asking must not write, not even git's index.
    # core.fsmonitor is a program of the repository's choice.
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", *arguments]
    environment, owner = _as_owner(folder)
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=True,
        timeout=_TIMEOUT,
        **owner,
    ).stdout


def _as_owner(folder: Path) -> tuple[dict[str, str], _Owner]:
    """The environment and the user to run git with.

    Root asks as the folder's owner: git refuses to work in somebody else's
    repository (safe.directory in git-config(1)), because its configuration may name
    programs to run, and those must not run as root.
    """
    environment = {**os.environ, "LC_ALL": "C"}
    found = folder.stat()
    if os.geteuid() != 0 or found.st_uid == 0:
        return environment, {}
    environment.pop("XDG_CONFIG_HOME", None)
    try:
        environment["HOME"] = pwd.getpwuid(found.st_uid).pw_dir
    except KeyError:
        environment["HOME"] = "/nonexistent"
    return environment, {"user": found.st_uid, "group": found.st_gid, "extra_groups": []}
