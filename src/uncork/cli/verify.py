"""``uncork verify``."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from uncork.analysis.arguments import server_arguments, variants
from uncork.analysis.entry import entry_of
from uncork.analysis.facts import Facts
from uncork.changes import FileChange
from uncork.cli.kernel import command
from uncork.cli.options import (
    args_option,
    isolation_option,
    json_option,
    python_option,
    target_argument,
)
from uncork.cli.recovery import recover_first
from uncork.discovery.interpreter import find_interpreter
from uncork.discovery.load import load_project
from uncork.discovery.target import Target, find_target
from uncork.errors import SourceError, UsageError
from uncork.proof.runs import verify_change
from uncork.proof.trees import IGNORED
from uncork.render import proof as proof  # noqa: PLC0414 - registers the report's forms
from uncork.transaction import last_applied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.cli.kernel import Console
    from uncork.proof.report import Report

# What an app writes is the same for both trees: that of the current one.
_DATA_SUFFIXES = {".db", ".sqlite", ".sqlite3", ".log", ".pyc", ".pid", ".sock"}
_SQLITE = b"SQLite format 3\0"


@click.command("verify")
@target_argument
@click.option(
    "--against",
    metavar="PATH",
    help="A folder with the old tree [the tree before the last migrate --write].",
)
@args_option
@isolation_option
@python_option
@json_option
@command
def cli(
    console: Console,
    *,
    target: str | None,
    against: str | None,
    arguments: str,
    isolation: Literal["auto", "none"],
    python: str | None,
) -> Report:
    """Prove that the migrated app does what the script did.

    It runs the old script, the new one, and the new app under WSGI side by side, in
    copies: no file of yours is touched. It exits with 0 for the same, 6 for a
    difference, 8 where something could not be proved.
    """
    found = find_target(target)
    recover_first(console, found)
    script = found.need_script().relative_to(found.folder).as_posix()
    changes = _against(found.folder, Path(against)) if against else _last(found.folder)
    words = shlex.split(arguments)
    facts = _old_facts(found, changes)
    return verify_change(
        found.folder,
        script,
        changes,
        found.import_string or _entry(found),
        find_interpreter(python, found.folder).path,
        arguments=words,
        settings=server_arguments(facts, words).environment,
        variants=[(one.arguments, one.environment) for one in variants(facts, words)],
        isolation=isolation,
        progress=console.progress,
    )


def _last(folder: Path) -> tuple[FileChange, ...]:
    changes = last_applied(folder)
    if changes is None:
        raise UsageError(
            f"nothing was migrated in {folder}",
            hint="name a folder that holds the old tree with --against PATH",
        )
    return changes


def _against(folder: Path, old: Path) -> tuple[FileChange, ...]:
    """What differs between two folders, the data that an app writes left out."""
    if not old.is_dir():
        raise UsageError(f"there is no folder {old}", hint="name the folder with the old tree")
    names = sorted({*_files(folder), *_files(old)})
    changes = (FileChange(name, _read(old / name), _read(folder / name)) for name in names)
    return tuple(change for change in changes if change.before != change.after)


def _files(folder: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if name not in IGNORED and not Path(parent, name, "pyvenv.cfg").exists()
        ]
        for name in files:
            path = Path(parent, name)
            if path.is_file() and path.suffix not in _DATA_SUFFIXES and not _is_sqlite(path):
                yield path.relative_to(folder).as_posix()


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _old_facts(target: Target, changes: tuple[FileChange, ...]) -> Facts:
    """The facts of the old script: its options say which values are worth trying."""
    project = load_project(target)
    old = {change.path: change.before for change in changes if change.before is not None}
    replaced = {path: old.get(str(path), content) for path, content in project.contents.items()}
    return Facts(project.with_files(replaced))


def _entry(target: Target) -> str:
    """The entry point that uncork wrote for a script."""
    project = load_project(target)
    for source in project.sources():
        entry = entry_of(source)
        if entry is not None and entry.module == target.need_script().stem:
            module = ".".join(source.path.with_suffix("").parts)
            return f"{module}:{entry.factory}"
    raise SourceError(
        f"{target.need_script().name} has no entry point for WSGI servers",
        hint="name it as the target, such as wsgi:create_app",
    )
