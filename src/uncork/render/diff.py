"""A plan as a unified diff that ``patch`` and ``git apply`` take."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.changes import FileChange, Plan


def plan_diff(plan: Plan) -> str:
    """The whole plan, the script first."""
    ordered = sorted(plan.changes, key=lambda change: (change.path != plan.script, change.path))
    return "".join(line for change in ordered for line in _change_diff(change))


def _change_diff(change: FileChange) -> Iterator[str]:
    before, after = _lines(change.before), _lines(change.after)
    old = "/dev/null" if change.before is None else f"a/{change.path}"
    new = "/dev/null" if change.after is None else f"b/{change.path}"
    for line in difflib.unified_diff(before, after, old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(content: bytes | None) -> list[str]:
    """The text's lines; only line feeds end one, so that a carriage return is shown as it is."""
    text = (content or b"").decode("utf-8", "backslashreplace")
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines
