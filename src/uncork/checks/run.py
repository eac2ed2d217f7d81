"""Runs every check of this package over a project."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

import uncork.checks
from uncork import rules
from uncork.analysis.facts import Facts
from uncork.analysis.obstacles import find_obstacles
from uncork.checks.config import config_files
from uncork.checks.ignores import without_ignored
from uncork.checks.sources import app_sources
from uncork.diagnostics import Severity

if TYPE_CHECKING:
    from uncork.diagnostics import Diagnostic
    from uncork.source.project import Project

_SAID_BY = {
    rules.MAIN_MODULE_STRING: rules.NAMES_MAIN_MODULE,
}


def check_project(project: Project) -> tuple[Diagnostic, ...]:
    """Every finding, by place; what would block a migration comes as it stands.

    Raises:
        SourceError: a file can't be parsed, or the script runs no app.
    """
    facts = Facts(project)
    found = [d for d in find_obstacles(facts) if d.rule.severity is Severity.DECLINED]
    for module in sorted(m.name for m in pkgutil.iter_modules(uncork.checks.__path__)):
        check = importlib.import_module(f"uncork.checks.{module}")
        # A module without findings is a helper of the others.
        found += check.findings(facts) if hasattr(check, "findings") else ()
    sources = dict.fromkeys([*app_sources(facts), *config_files(facts)])
    unique = dict.fromkeys(without_ignored(_once(found), sources))
    return tuple(sorted(unique, key=lambda d: (d.place.path, d.place.line or 0, d.rule.code)))


def _once(found: list[Diagnostic]) -> list[Diagnostic]:
    """Without the findings that say at a place what blocks a migration there already."""
    blocked = {(d.rule, d.place) for d in found}
    return [
        d for d in found if d.rule not in _SAID_BY or (_SAID_BY[d.rule], d.place) not in blocked
    ]
