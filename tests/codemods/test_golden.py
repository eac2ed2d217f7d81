"""Every codemod on small projects, byte for byte: what it changes, leaves alone and declines."""

from __future__ import annotations

import pytest
from tests.codemods.golden import Case, cases, project_of

from uncork.codemods.base import MigrationOptions
from uncork.plan import codemods, make_plan

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_plan_is_what_the_case_says(case: Case) -> None:
    project = case.project
    plan = make_plan(project, MigrationOptions.from_entry(case.entry))

    said = [f"{d.rule.code} {d.place} {d.message}" for d in plan.diagnostics]
    assert said == case.diagnostics
    result = dict(project.contents)
    for change in plan.changes:
        assert change.after is not None
        result[type(project.script)(change.path)] = change.after
    expected = case.after if case.after is not None else dict(project.contents)
    assert {str(k): v.decode("latin-1") for k, v in result.items()} == {
        str(k): v.decode("latin-1") for k, v in expected.items()
    }


@pytest.mark.parametrize("case", [c for c in CASES if c.after], ids=lambda case: case.name)
def test_a_second_run_has_nothing_to_do(case: Case) -> None:
    assert case.after is not None
    again = make_plan(project_of(case.after), MigrationOptions.from_entry(case.entry))
    assert again.changes == ()
    assert again.declined == ()


def test_every_codemod_has_changed_unchanged_and_declined_cases() -> None:
    never_declines = {"entry_point", "removed_apis", "requirements", "settings"}
    for codemod in codemods():
        name = codemod.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
        own = [case for case in CASES if case.folder.parent.name == name]
        assert any(case.after for case in own), f"{name} has no changed case"
        assert any(case.folder.name.startswith("unchanged") for case in own), name
        if name not in never_declines:
            assert any(case.folder.name.startswith("declined") for case in own), name
