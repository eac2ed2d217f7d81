"""A migration as people and machines read it."""

from __future__ import annotations

from typing import Any

from uncork.changes import change_to_json
from uncork.migration import Migration
from uncork.render import proof as proof  # noqa: PLC0414 - registers the report's forms
from uncork.render.diff import plan_diff
from uncork.render.json import json_of
from uncork.render.text import text_of


@text_of.register(Migration)
def _(migration: Migration) -> str:
    plan = migration.plan
    notes = [text_of(diagnostic) for diagnostic in plan.diagnostics]
    if plan.declined:
        return "\n".join([*notes, "", f"{plan.script} was not changed: see above."])
    if not plan.changes:
        return "\n".join([*notes, f"{plan.script} has nothing to migrate: serve {plan.entry}."])
    parts = [] if migration.written else [plan_diff(plan)]
    parts += notes
    if migration.report is not None:
        parts.append(text_of(migration.report).rstrip("\n"))
    parts.append(_conclusion(migration))
    return "\n".join(parts)


def _conclusion(migration: Migration) -> str:
    plan = migration.plan
    names = ", ".join(change.path for change in plan.changes)
    if migration.written:
        return (
            f"Wrote {names}. Take it back with: uncork undo\n"
            f"Serve it with: uncork serve, or waitress-serve --call {plan.entry}"
        )
    if migration.report is not None:
        return "Nothing was written."
    return f"Would change {names}. Nothing was written: uncork migrate --write does it."


@json_of.register(Migration)
def _(migration: Migration) -> dict[str, Any]:
    plan = migration.plan
    return {
        "script": plan.script,
        "entry": plan.entry or None,
        "written": migration.written,
        "changes": [change_to_json(change) for change in plan.changes],
        "diff": plan_diff(plan),
        "diagnostics": [json_of(diagnostic) for diagnostic in plan.diagnostics],
        "verification": json_of(migration.report) if migration.report is not None else None,
    }
