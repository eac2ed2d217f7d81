"""Makes a plan: the codemods in their order, the facts anew after each, then the invariants."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, cast

import uncork.codemods
from uncork.analysis.facts import Facts
from uncork.analysis.notes import find_notes
from uncork.analysis.obstacles import find_obstacles
from uncork.changes import FileChange, Plan
from uncork.diagnostics import Severity
from uncork.errors import InvariantError, Place
from uncork.invariants import check_invariants
from uncork.source.lines import line_before

if TYPE_CHECKING:
    from uncork.codemods.base import Codemod, MigrationOptions
    from uncork.diagnostics import Diagnostic
    from uncork.source.edit import Edit
    from uncork.source.file import SourceFile
    from uncork.source.project import Project


@cache
def codemods() -> tuple[Codemod, ...]:
    """Every module of `uncork.codemods` that has an ORDER, by it."""
    names = (module.name for module in pkgutil.iter_modules(uncork.codemods.__path__))
    modules = [importlib.import_module(f"uncork.codemods.{name}") for name in names]
    found = [cast("Codemod", module) for module in modules if hasattr(module, "ORDER")]
    return tuple(sorted(found, key=lambda codemod: codemod.ORDER))


def make_plan(project: Project, options: MigrationOptions) -> Plan:
    """The plan of a migration; one declined part blocks all of it.

    Args:
        project: the user's files.
        options: what the user asked for.

    Raises:
        SourceError: a file can't be parsed, or the script runs no app.
        InvariantError: the plan would break a promise.
        UsageError: the entry point that was asked for is taken.
    """
    before = Facts(project)
    obstacles = find_obstacles(before)
    after, diagnostics, entry = _rewrite(project, options)
    diagnostics = [*obstacles, *(d for d in diagnostics if d not in obstacles)]
    diagnostics += find_notes(before)
    script = str(project.script)
    if any(diagnostic.rule.severity is Severity.DECLINED for diagnostic in diagnostics):
        return Plan(script, (), tuple(diagnostics), "")
    check_invariants(before, Facts(after))
    again, _, _ = _rewrite(after, options)
    if again.contents != after.contents:
        raise InvariantError(
            "a second migration would change the script again",
            hint="nothing was written; this is a bug in uncork: please report it with the script",
        )
    return Plan(script, _changes(project, after), tuple(diagnostics), entry)


def _rewrite(project: Project, options: MigrationOptions) -> tuple[Project, list[Diagnostic], str]:
    """The project after every codemod, what they said, and the entry point."""
    diagnostics: list[Diagnostic] = []
    entry = ""
    done: list[tuple[SourceFile, tuple[Edit, ...]]] = []
    for codemod in codemods():
        rewrite = codemod.rewrite(Facts(project), options)
        diagnostics += [_in_the_original(d, done) for d in rewrite.diagnostics]
        entry = rewrite.entry or entry
        if any(d.rule.severity is Severity.DECLINED for d in rewrite.diagnostics):
            continue
        changed = dict(rewrite.files)
        if rewrite.edits:
            done.append((project.main, rewrite.edits))
            changed[project.script] = project.main.edited(rewrite.edits).content
        project = project.with_files(changed)
    return project, diagnostics, entry


def _in_the_original(
    diagnostic: Diagnostic, done: list[tuple[SourceFile, tuple[Edit, ...]]]
) -> Diagnostic:
    """The diagnostic with its place in the file that the user has, and not in our draft."""
    place = diagnostic.place
    for file, edits in reversed(done):
        if place.line is not None and place.path == file.place().path:
            place = Place(place.path, line_before(file, edits, place.line))
    return replace(diagnostic, place=place)


def _changes(before: Project, after: Project) -> tuple[FileChange, ...]:
    return tuple(
        FileChange(str(path), before.contents.get(path), after.contents[path])
        for path in sorted(after.contents)
        if before.contents.get(path) != after.contents[path]
    )
