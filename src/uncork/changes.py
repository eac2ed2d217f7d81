"""A plan: whole before and after bytes of every file that it changes."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from uncork.diagnostics import Diagnostic, Severity
from uncork.errors import Place
from uncork.rules import catalogue

PLAN_VERSION = 1
"""Of the form in which plans are written down: that of all of ``--json``."""


@dataclass(frozen=True)
class FileChange:
    """One file of a plan.

    Args:
        path: relative to the project's folder, with forward slashes.
        before: its bytes when the plan was made; None, there was none.
        after: its bytes when the plan is applied; None, it is removed.
    """

    path: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True)
class Plan:
    """What a migration would change, and what it has to say.

    A plan is all or nothing: with one declined diagnostic it has no changes.

    Args:
        script: the script that runs the app, relative to the project's folder.
        changes: the files, by path.
        diagnostics: what is declined, and what a reader of the diff should know.
        entry: the import string that servers are given afterwards, ``wsgi:create_app``.
    """

    script: str
    changes: tuple[FileChange, ...]
    diagnostics: tuple[Diagnostic, ...]
    entry: str

    @property
    def declined(self) -> tuple[Diagnostic, ...]:
        """What blocks the plan."""
        return tuple(d for d in self.diagnostics if d.rule.severity is Severity.DECLINED)


def change_to_json(change: FileChange) -> dict[str, Any]:
    """A change as JSON, its bytes in base64."""
    return {
        "path": change.path,
        "before": _encode(change.before),
        "after": _encode(change.after),
    }


def plan_from_json(value: Any) -> Plan:
    """The plan that ``uncork migrate --json`` has written down.

    Args:
        value: the whole JSON object.

    Raises:
        ValueError: it is none, or it names files that no plan may name.
    """
    if not isinstance(value, dict) or value.get("command") != "migrate":
        raise ValueError("it is no output of uncork migrate --json")
    if value.get("version") != PLAN_VERSION:
        raise ValueError(f"its version is {value.get('version')!r} and not {PLAN_VERSION}")
    try:
        changes = tuple(_change_from_json(change) for change in value["changes"])
        diagnostics = tuple(_diagnostic_from_json(each) for each in value["diagnostics"])
        plan = Plan(str(value["script"]), changes, diagnostics, value["entry"] or "")
    except (KeyError, TypeError) as error:
        raise ValueError(f"it lacks {error}") from error
    if plan.declined and plan.changes:
        raise ValueError("it is declined, and changes files")
    return plan


def _change_from_json(value: dict[str, Any]) -> FileChange:
    path = PurePosixPath(value["path"])
    if not path.parts or path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{value['path']!r} is no path inside a project")
    return FileChange(str(path), _decode(value["before"]), _decode(value["after"]))


def _diagnostic_from_json(value: dict[str, Any]) -> Diagnostic:
    rule = next((rule for rule in catalogue() if rule.code == value["code"]), None)
    if rule is None:
        raise ValueError(f"no rule has the code {value['code']}")
    place = Place(str(value["path"]), value["line"])
    return Diagnostic(rule, place, str(value["message"]), str(value["remedy"]))


def _decode(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text, validate=True)


def _encode(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()
