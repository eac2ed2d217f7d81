"""``uncork explain``: every diagnostic has its page, on the terminal and in docs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from uncork import rules
from uncork.diagnostics import Rule, Severity

if TYPE_CHECKING:
    from tests.conftest import RunUncork

CATALOGUE = rules.catalogue()


def test_codes_and_names_are_unique() -> None:
    assert len({rule.code for rule in CATALOGUE}) == len(CATALOGUE)
    assert len({rule.name for rule in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.code)
def test_a_rule_says_what_why_and_what_to_do(rule: Rule) -> None:
    assert re.fullmatch(r"UNC[1-4]\d\d", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert rule.summary
    assert "\n" not in rule.summary
    assert rule.why
    if rule.severity is not Severity.NOTE:
        assert rule.remedy


@pytest.mark.parametrize(("first", "severity"), [("2", Severity.DECLINED), ("3", Severity.NOTE)])
def test_a_code_s_first_digit_tells_its_severity(first: str, severity: Severity) -> None:
    group = [rule for rule in CATALOGUE if rule.code[3] == first]
    assert [rule.code for rule in group if rule.severity is not severity] == []


def test_a_code_is_explained(run_uncork: RunUncork) -> None:
    rule = CATALOGUE[0]
    said = run_uncork("explain", rule.code)
    assert said.returncode == 0
    assert said.stdout.startswith(f"{rule.code} {rule.name}\n")
    shown = " ".join(said.stdout.split())
    assert f"Why: {rule.why}" in shown
    assert rule.summary in shown
    assert f"Remedy: {rule.remedy}" in shown


def test_a_code_is_found_in_lower_case_and_by_its_name(run_uncork: RunUncork) -> None:
    rule = CATALOGUE[0]
    whole = run_uncork("explain", rule.code).stdout
    assert run_uncork("explain", rule.code.lower()).stdout == whole
    assert run_uncork("explain", rule.name).stdout == whole


def test_an_unknown_code_is_wrong_use_with_the_nearest_one(run_uncork: RunUncork) -> None:
    said = run_uncork("explain", "UNC1O1")
    assert said.returncode == 2
    assert said.stdout == ""
    fact, hint = said.stderr.splitlines()
    assert fact == "error: there is no diagnostic UNC1O1"
    assert re.fullmatch(r"hint: uncork explain UNC\d{3}", hint)


def test_something_unlike_any_code_leads_to_the_list(run_uncork: RunUncork) -> None:
    said = run_uncork("explain", "%%%")
    assert said.returncode == 2
    assert "uncork explain lists all of them" in said.stderr


def test_without_a_code_all_are_listed(run_uncork: RunUncork) -> None:
    said = run_uncork("explain")
    assert said.returncode == 0
    assert [line.split()[0] for line in said.stdout.splitlines()] == [r.code for r in CATALOGUE]


def test_json_carries_every_word_of_a_rule(run_uncork: RunUncork) -> None:
    rule = CATALOGUE[-1]
    answer = json.loads(run_uncork("explain", rule.code, "--json").stdout)
    assert answer["version"] == 1
    assert answer["rules"] == [
        {
            "code": rule.code,
            "name": rule.name,
            "severity": rule.severity.value,
            "summary": rule.summary,
            "why": rule.why,
            "remedy": rule.remedy,
        }
    ]
