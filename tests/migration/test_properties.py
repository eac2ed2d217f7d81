"""Properties of every plan, on scripts that Hypothesis draws: the same names, the same effects.

A longer hunt, at random: UNCORK_TEST_PROGRAMS=20000 pytest tests/migration/test_properties.py
"""

from __future__ import annotations

import os
from collections import Counter

from hypothesis import HealthCheck, Phase, given, settings
from tests.migration.programs import Program, programs
from tests.migration.properties import HARMLESS, difference

COUNT = int(os.environ.get("UNCORK_TEST_PROGRAMS", "300"))
EVERY_PROGRAM = settings(
    max_examples=COUNT,
    # The same ones in each run, unless somebody hunts.
    derandomize="UNCORK_TEST_PROGRAMS" not in os.environ,
    database=None,
    deadline=None,
    # A program is large: that is what it is for.
    suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow],
    phases=[Phase.generate, Phase.shrink],
)

outcomes: Counter[str] = Counter()


@EVERY_PROGRAM
@given(program=programs())
def test_a_plan_is_declined_or_means_the_same(program: Program) -> None:
    outcome, after = difference(program.content, program.arguments)
    outcomes[outcome] += 1
    assert outcome in HARMLESS, f"{outcome}\n\n{program!r}\n\n{after}"


def test_the_programs_prove_something() -> None:
    """Most of them run, and many of those are migrated: else the property above is hollow."""
    if not outcomes:
        test_a_plan_is_declined_or_means_the_same()
    assert outcomes["the same"] > outcomes.total() * 0.2, outcomes
    assert outcomes["declined"] > outcomes.total() * 0.1, outcomes
