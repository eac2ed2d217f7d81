"""Each corner case of corner_cases.txt is right or declined, and never broken."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from tests.migration.programs import HEAD, Layout
from tests.migration.properties import difference

TEXT = Path(__file__).with_name("corner_cases.txt").read_text(encoding="utf-8")
_, *PARTS = re.split(r"^===== (right|declined): (.+)\n", TEXT, flags=re.MULTILINE)
CASES = {
    name: (outcome, script)
    for outcome, name, script in zip(PARTS[::3], PARTS[1::3], PARTS[2::3], strict=True)
}
OTHERS = (
    Layout(step="\t", newline="\r\n", head='"""The \u20ac script."""\n', encoding="utf-8-sig"),
    Layout(step="  ", ends=False),
)


@pytest.mark.parametrize("name", CASES)
def test_a_corner_case_is_right_or_declined(name: str) -> None:
    expected, script = CASES[name]
    if "except*" in script and sys.version_info < (3, 11):
        pytest.skip("error groups are new in Python 3.11")
    arguments = ("--size", "5") if "parse_args" in script else ()
    # What is declined today may be right tomorrow; never the other way round.
    allowed = {"the same"} if expected == "right" else {"the same", "declined"}
    outcomes = set()
    for layout in (Layout(), OTHERS[list(CASES).index(name) % len(OTHERS)]):
        outcome, after = difference(layout.content(f"{HEAD}\n\n{script}"), arguments)
        assert outcome in allowed, f"{layout}: {outcome}\n{after}"
        outcomes.add(outcome)
    assert len(outcomes) == 1


def test_the_table_has_both_outcomes() -> None:
    assert {outcome for outcome, _ in CASES.values()} == {"right", "declined"}
    assert len(CASES) > 90
