"""Rules as people read them, on a terminal and as the generated page of docs."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uncork.errors import ExitStatus
from uncork.render.json import json_of
from uncork.render.text import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uncork.diagnostics import Rule

_WIDTH = 80

EFFECTS = {
    "declined": "blocks the plan: nothing is written, exit status 4",
    "warning": "stands between the app and production: `check` exits with 1",
    "note": "worth knowing; changes no exit status",
}
"""What each severity does to a command, by `uncork.diagnostics.Severity`'s values."""


@dataclass(frozen=True)
class Explanation:
    """What ``uncork explain`` answers.

    Args:
        rules: the rules that were asked for.
        whole: show a rule's whole page, and not its line of the list.
    """

    rules: tuple[Rule, ...]
    whole: bool = False

    @property
    def status(self) -> ExitStatus:
        """Always done: an unknown code is an error and not a result."""
        return ExitStatus.DONE


@text_of.register
def _(explanation: Explanation) -> str:
    if explanation.whole:
        return "\n\n".join(_page(rule) for rule in explanation.rules)
    return "\n".join(
        f"{rule.code}  {rule.severity.value:<8}  {rule.summary}" for rule in explanation.rules
    )


@json_of.register
def _(explanation: Explanation) -> dict[str, Any]:
    return {
        "rules": [
            {
                "code": rule.code,
                "name": rule.name,
                "severity": rule.severity.value,
                "summary": rule.summary,
                "why": rule.why,
                "remedy": rule.remedy,
            }
            for rule in explanation.rules
        ]
    }


def _page(rule: Rule) -> str:
    effect = f"{rule.severity.value}: {EFFECTS[rule.severity.value]}"
    heads = (f"{rule.code} {rule.name}", effect.replace("`", ""))
    parts = (rule.summary, f"Why: {rule.why}", f"Remedy: {rule.remedy}" if rule.remedy else "")
    return "\n".join([*heads, *("\n" + textwrap.fill(part, _WIDTH) for part in parts if part)])


def markdown(rules: Iterable[Rule]) -> str:
    """The body of docs/reference/diagnostics.md: one section a rule, in order of their codes."""
    sections = []
    for rule in rules:
        severity = rule.severity.value
        lines = [
            f"## {rule.code}: {rule.name}",
            f"**{rule.summary}** ({severity}: {EFFECTS[severity]})",
            rule.why,
            f"*What to do:* {rule.remedy}" if rule.remedy else "",
        ]
        sections.append("\n\n".join(line for line in lines if line))
    return "\n\n".join(sections) + "\n"
