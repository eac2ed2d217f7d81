"""The boundary to be afraid of: an app that looks migrated and is broken."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import PurePosixPath

import pytest
from tests.migration.scripts import Script, script
from tests.migration.stage import Performance, Stage

from uncork.analysis.arguments import server_arguments
from uncork.analysis.facts import Facts
from uncork.codemods.base import MigrationOptions
from uncork.errors import InvariantError
from uncork.plan import make_plan
from uncork.source.project import Project

SERVER = PurePosixPath("server.py")
HARMLESS = {"does not run", "declined", "the same"}
# A longer hunt: UNCORK_TEST_SCRIPTS=20000 pytest tests/migration/test_equivalence.py
COUNT = int(os.environ.get("UNCORK_TEST_SCRIPTS", "400"))
START = int(os.environ.get("UNCORK_TEST_SCRIPTS_FROM", "0"))


def test_a_plan_is_declined_or_means_the_same() -> None:
    outcomes = {seed: difference(script(seed)) for seed in range(START, START + COUNT)}

    broken = [seed for seed, outcome in outcomes.items() if outcome not in HARMLESS]
    if broken:
        pytest.fail(_report(script(broken[0]), broken), pytrace=False)
    # Else the scripts would prove little.
    said = list(outcomes.values())
    assert said.count("the same") > COUNT * 0.1
    assert said.count("declined") > COUNT * 0.02


def difference(script: Script) -> str:
    """What becomes of a script: one of `HARMLESS`, or what is wrong."""
    before = {"server.py": script.text.encode()}
    original = _play(before, script)
    if original is None:
        return "does not run"
    try:
        project = Project(SERVER, {SERVER: before["server.py"]})
        plan = make_plan(project, MigrationOptions())
    except InvariantError as error:
        return error.fact
    if plan.declined:
        return "declined"
    after = {**before, **{c.path: c.after for c in plan.changes if c.after is not None}}
    as_script = Stage(after).as_script(script.arguments)
    meant = server_arguments(Facts(project), script.arguments)
    under_server = Stage(after).as_wsgi(meant.environment)
    for migrated in (as_script, under_server):
        if migrated.exit is not ...:
            return f"{migrated.exit}"
    if as_script.run_with != original.run_with:
        return f"run({as_script.run_with}) and not {original.run_with}"
    return (
        _compare("as a script", original, as_script)
        or _compare("under a server", original, under_server)
        or "the same"
    )


def _play(files: dict[str, bytes], script: Script) -> Performance | None:
    """The original's performance; None where it fails, or never gets to the run call."""
    performance = Stage(files).as_script(script.arguments)
    return performance if performance.answers and performance.exit is ... else None


def _compare(where: str, original: Performance, migrated: Performance) -> str:
    for name in ("started", "answers", "ended"):
        old, new = getattr(original, name), getattr(migrated, name)
        if old != new:
            return f"{where}, {name}: {new} and not {old}"
    same = all(migrated.config.get(key) == value for key, value in original.config.items())
    return "" if same else f"{where}, config: {migrated.config} and not {original.config}"


def _report(script: Script, seeds: list[int]) -> str:
    """A failing script, as small as it gets by leaving statements out."""
    smaller = True
    while smaller:
        smaller = False
        for number in range(len(script.body)):
            less = replace(script, body=script.body[:number] + script.body[number + 1 :])
            if "app.run" in less.text and difference(less) not in HARMLESS:
                script, smaller = less, True
                break
    try:
        plan = make_plan(Project(SERVER, {SERVER: script.text.encode()}), MigrationOptions())
        after = "\n".join((change.after or b"").decode() for change in plan.changes)
    except InvariantError as error:
        after = str(error)
    given = " ".join(script.arguments)
    views = script.text[script.text.index('\n@app.route("/0")') :]
    return f"{difference(script)}\n(seeds {seeds[:20]})\n{given}\n\n{views}\n\n{after}"
