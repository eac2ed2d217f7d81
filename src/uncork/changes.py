"""A plan: whole before and after bytes of every file that it changes."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from uncork.diagnostics import Diagnostic, Severity


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


def _encode(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()
