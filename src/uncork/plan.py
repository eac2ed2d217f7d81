"""Makes a plan: the codemods in their order, the facts anew after each, then the invariants."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, cast

import uncork.codemods
from uncork.analysis.facts import Facts
from uncork.analysis.imports import taken_modules
from uncork.analysis.notes import find_notes
from uncork.analysis.obstacles import find_obstacles
from uncork.changes import FileChange, Plan
from uncork.codemods.base import NORMALISED
from uncork.diagnostics import Severity
from uncork.errors import InvariantError, Place
from uncork.invariants import check_invariants, check_normalised
from uncork.source.lines import line_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import PurePosixPath

    from uncork.codemods.base import Codemod, MigrationOptions, Rewrite
    from uncork.diagnostics import Diagnostic
    from uncork.source.edit import Edit
    from uncork.source.file import SourceFile
    from uncork.source.project import Project


_DEPTH = 5
"""How many statements around one another a normalising codemod takes apart."""


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
    original = Facts(project)
    draft = _rewrite(_Draft(original), options, normalising=True)
    # What shape the script has is judged behind the codemods that make it the usual one.
    usual = draft.facts
    obstacles = draft.in_the_original(find_obstacles(usual))
    normalised = draft
    draft = _rewrite(draft, options, normalising=False)
    notes = normalised.in_the_original(find_notes(usual, draft.entry))
    said = [*draft.diagnostics, *_names_in_the_way(project, draft.project)]
    diagnostics = [*obstacles, *(d for d in said if d not in obstacles), *notes]
    script = str(project.script)
    if any(diagnostic.rule.severity is Severity.DECLINED for diagnostic in diagnostics):
        return Plan(script, (), tuple(diagnostics), "")
    check_normalised(original, usual)
    check_invariants(usual, draft.facts)
    if _twice(draft.facts, options) != draft.project.contents:
        raise InvariantError(
            "a second migration would change the script again",
            hint="nothing was written; this is a bug in uncork: please report it with the script",
        )
    return Plan(script, _changes(project, draft.project), tuple(diagnostics), draft.entry)


def usual_shape(project: Project, options: MigrationOptions) -> Project:
    """The project with its script in the shape that a plan is made from."""
    return _rewrite(_Draft(Facts(project)), options, normalising=True).project


@dataclass(frozen=True)
class _Draft:
    """The project after some codemods.

    Args:
        facts: of the project as it is now; the same ones until a codemod changes a file.
        diagnostics: what they said, with places in the file that the user has.
        entry: the entry point.
        done: the script before each set of edits, and the edits.
    """

    facts: Facts
    diagnostics: tuple[Diagnostic, ...] = ()
    entry: str = ""
    done: tuple[tuple[SourceFile, tuple[Edit, ...]], ...] = ()

    @property
    def project(self) -> Project:
        """The project as it is now."""
        return self.facts.project

    def in_the_original(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Diagnostics with their places in the file that the user has, and not in the draft."""
        return [_in_the_original(diagnostic, self.done) for diagnostic in diagnostics]

    def after(self, rewrite: Rewrite) -> _Draft:
        """The draft with a codemod's changes, unless it declined."""
        said = (*self.diagnostics, *self.in_the_original(rewrite.diagnostics))
        entry = rewrite.entry or self.entry
        if any(d.rule.severity is Severity.DECLINED for d in rewrite.diagnostics):
            return replace(self, diagnostics=said, entry=entry)
        changed, done = dict(rewrite.files), self.done
        if rewrite.edits:
            done = (*done, (self.project.main, rewrite.edits))
            changed[self.project.script] = self.project.main.edited(rewrite.edits).content
        project = self.project.with_files(changed)
        facts = self.facts if project is self.project else Facts(project)
        return _Draft(facts, said, entry, done)


def _rewrite(draft: _Draft, options: MigrationOptions, *, normalising: bool) -> _Draft:
    """The draft after every codemod, either of those that normalise or of the others."""
    for codemod in codemods():
        if (codemod.ORDER < NORMALISED) is not normalising:
            continue
        # What one statement was taken out of may stand in another.
        for _ in range(_DEPTH if normalising else 1):
            before = draft
            draft = draft.after(codemod.rewrite(draft.facts, options))
            if draft.project.contents == before.project.contents:
                break
    return draft


def _twice(facts: Facts, options: MigrationOptions) -> Mapping[PurePosixPath, bytes]:
    """The files after a second migration."""
    draft = _rewrite(_Draft(facts), options, normalising=True)
    return _rewrite(draft, options, normalising=False).project.contents


def _in_the_original(
    diagnostic: Diagnostic, done: Sequence[tuple[SourceFile, tuple[Edit, ...]]]
) -> Diagnostic:
    """The diagnostic with its place in the file that the user has, and not in our draft."""
    place = diagnostic.place
    for file, edits in reversed(done):
        if place.line is not None and place.path == file.place().path:
            place = Place(place.path, line_before(file, edits, place.line))
    return replace(diagnostic, place=place)


def _names_in_the_way(before: Project, after: Project) -> Iterator[Diagnostic]:
    """Names of the user's that a new import would meet, whichever codemod wants it."""
    for source in after.sources():
        old = before.source(source.path)
        if old is not None and old.content != source.content:
            yield from taken_modules(old, source)


def _changes(before: Project, after: Project) -> tuple[FileChange, ...]:
    return tuple(
        FileChange(str(path), before.contents.get(path), after.contents[path])
        for path in sorted(after.contents)
        if before.contents.get(path) != after.contents[path]
    )
