"""A diagnostic: what uncork found, where, why it matters and what to do about it.

A `Rule` is the kind, written once in `uncork.rules`; a `Diagnostic` is one case of
it. ``uncork explain`` and docs/reference/diagnostics.md both come from the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uncork.errors import Place


class Severity(Enum):
    """What a diagnostic does to a command."""

    DECLINED = "declined"
    """Blocks the plan: nothing is written, exit status 4."""
    WARNING = "warning"
    """Stands between the app and production: ``check`` exits with 1."""
    NOTE = "note"
    """Worth knowing; changes no exit status."""


@dataclass(frozen=True)
class Rule:
    """A kind of diagnostic.

    Args:
        code: ``UNC`` and three digits: 1xx findings of check, 2xx declined by migrate,
            3xx notes of a plan, 4xx service.
        name: the field's own term for it, in lower case with hyphens.
        severity: what it does to a command.
        summary: one line for a list of all rules.
        why: what goes wrong in production, in one or two sentences.
        remedy: what to do, when the diagnostic does not say something closer.
    """

    code: str
    name: str
    severity: Severity
    summary: str
    why: str
    remedy: str

    def at(self, place: Place, message: str, *, remedy: str = "") -> Diagnostic:
        """This rule's diagnostic at a place, with what is particular to it there."""
        return Diagnostic(self, place, message, remedy or self.remedy)


@dataclass(frozen=True)
class Diagnostic:
    """One case of a rule."""

    rule: Rule
    place: Place
    message: str
    remedy: str
