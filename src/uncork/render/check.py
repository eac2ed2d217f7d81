"""What check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uncork.diagnostics import Severity
from uncork.errors import ExitStatus
from uncork.render.json import json_of
from uncork.render.text import text_of

if TYPE_CHECKING:
    from uncork.diagnostics import Diagnostic


@dataclass(frozen=True)
class Findings:
    """Everything that check found in a script."""

    script: str
    diagnostics: tuple[Diagnostic, ...]

    @property
    def status(self) -> ExitStatus:
        """Pending if something must be done before production; notes do not count."""
        counts = any(d.rule.severity is not Severity.NOTE for d in self.diagnostics)
        return ExitStatus.PENDING if counts else ExitStatus.DONE


@text_of.register
def _(findings: Findings) -> str:
    lines = [text_of(diagnostic) for diagnostic in findings.diagnostics]
    warnings = sum(d.rule.severity is Severity.WARNING for d in findings.diagnostics)
    declined = sum(d.rule.severity is Severity.DECLINED for d in findings.diagnostics)
    if findings.status is ExitStatus.DONE:
        return "\n".join([*lines, f"{findings.script} is ready for a WSGI server."])
    summary = [f"{findings.script}: {_count(warnings, 'finding')}."]
    if declined:
        summary.append(f"{_count(declined, 'thing')} that migrate declines: uncork serve runs it.")
    else:
        summary.append("Next: uncork migrate shows what would change.")
    return "\n".join([*lines, "", *summary])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


@json_of.register
def _(findings: Findings) -> dict[str, Any]:
    return {
        "script": findings.script,
        "diagnostics": [json_of(diagnostic) for diagnostic in findings.diagnostics],
    }
