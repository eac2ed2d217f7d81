"""Runs every check of this package over a project."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

import uncork.checks
from uncork.analysis.facts import Facts
from uncork.analysis.obstacles import find_obstacles
from uncork.diagnostics import Severity

if TYPE_CHECKING:
    from uncork.diagnostics import Diagnostic
    from uncork.source.project import Project


def check_project(project: Project) -> tuple[Diagnostic, ...]:
    """Every finding, by place; what would block a migration comes as it stands.

    Raises:
        SourceError: a file can't be parsed, or the script runs no app.
    """
    facts = Facts(project)
    found = [d for d in find_obstacles(facts) if d.rule.severity is Severity.DECLINED]
    for module in sorted(m.name for m in pkgutil.iter_modules(uncork.checks.__path__)):
        if module != "run":
            found += importlib.import_module(f"uncork.checks.{module}").findings(facts)
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda d: (d.place.path, d.place.line or 0, d.rule.code)))
