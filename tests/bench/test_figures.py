"""What the benchmarks make of their figures."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from benchmarks.chart import Bar, Group, bar_chart
from benchmarks.figures import (
    NEVER,
    Goal,
    Ratio,
    Results,
    as_markdown,
    as_text,
    between_markers,
    goal_rows,
    number,
    ratio,
    table,
)

SVG = "{http://www.w3.org/2000/svg}"


def test_ratios_are_made_round_by_round_before_their_median_is_taken() -> None:
    # The machine was twice as slow in the second round, and ten times in the third.
    found = ratio([30.0, 15.0, 3.0], [10.0, 5.0, 1.5])
    assert found == Ratio(3.0, 2.5, 3.0)


def test_a_round_in_which_one_of_both_failed_counts_for_neither() -> None:
    found = ratio([2.0, None, 8.0], [1.0, 1.0, None])
    assert found == Ratio(2.0, 2.0, 2.0)
    assert ratio([None], [1.0]) is None
    assert ratio([1.0], [0.0]) is None
    assert ratio([], []) is None


def test_a_server_can_be_compared_with_another_figure_of_its_own() -> None:
    results = Results(["a"])
    results.add("a", "16", 10.0)
    results.add("a", "128", 8.0)
    found = results.ratio("a", "a", "128", "16")
    assert found is not None
    assert found.median == pytest.approx(0.8)


def test_counts_stay_whole_and_the_worst_of_them_can_be_asked_for() -> None:
    results = Results(["a"])
    for count in (24, 23):
        results.add("a", "finished", count)
    assert number(results.median("a", "finished")) == "23"
    assert results.least("a", "finished") == 23
    assert results.least("a", "nothing") is None


def test_the_same_failure_of_every_round_is_told_once() -> None:
    results = Results(["a"])
    results.failed("a", "no answer")
    results.failed("a", "no answer")
    assert results.failures == ["a: no answer"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        (1.234, "1.23"),
        (12.34, "12.3"),
        (123.4, "123"),
        (12345.6, "12,346"),
        (1000, "1,000"),
        (0, "0"),
        (NEVER, "never"),
    ],
)
def test_a_figure_has_three_digits_at_most(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("goal", "verdict"),
    [
        (Goal("rate", 1.6, Ratio(1.6, 1.5, 1.7)), "met"),
        (Goal("rate", 1.6, Ratio(1.59, 1.5, 1.7)), "MISSED"),
        (Goal("p99", 0.6, 0.6, most=True), "met"),
        (Goal("p99", 0.6, 0.61, most=True), "MISSED"),
        (Goal("rate", 1.6, None), "not measured"),
    ],
)
def test_a_goal_says_whether_it_was_met(goal: Goal, verdict: str) -> None:
    assert goal.verdict == verdict
    assert goal_rows([goal])[1][-1] == verdict


def test_a_table_is_aligned_on_a_terminal_and_has_a_rule_in_markdown() -> None:
    results = Results(["one", "another", "absent"])
    results.add("one", "rate", 1.0)
    results.add("another", "rate", 12.5)
    rows = table(
        results,
        {"rate": lambda found, name: number(found.median(name, "rate"))},
        lambda name: bool(results.series(name, "rate")),
    )
    assert as_text(rows).splitlines() == ["server   rate", "one      1.00", "another  12.5"]
    assert as_markdown(rows).splitlines() == [
        "| server | rate |",
        "| --- | ---: |",
        "| one | 1.00 |",
        "| another | 12.5 |",
    ]


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    page = "before\n<!-- serve -->\nold\n<!-- /serve -->\nafter\n<!-- abuse --><!-- /abuse -->"
    written = between_markers(page, "serve", "new\n")
    assert written == page.replace("old", "new")
    assert between_markers(written, "serve", "new") == written


@pytest.mark.parametrize("page", ["", "<!-- serve -->", "<!-- /serve --><!-- serve -->"])
def test_a_page_without_markers_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="<!-- serve -->"):
        between_markers(page, "serve", "new")


def test_a_chart_has_a_bar_as_long_as_each_value_and_the_goal_as_a_line() -> None:
    bars = (Bar("W & co", 1.0), Bar("own", 2.0, own=True), Bar("failed", None))
    chart = bar_chart("title", "what it means", [Group("hello", bars, line=1.6)])
    drawn = ET.fromstring(chart)  # noqa: S314 - it is ours
    ground, short, long = drawn.findall(f"{SVG}rect")
    assert float(long.get("width", "")) == pytest.approx(2 * float(short.get("width", "")))
    assert float(long.get("x", "")) + float(long.get("width", "")) < float(ground.get("width", ""))
    (line,) = drawn.findall(f"{SVG}line")
    left, width = float(short.get("x", "")), float(short.get("width", ""))
    assert float(line.get("x1", "")) == pytest.approx(left + 1.6 * width, abs=0.2)
    texts = [text.text for text in drawn.findall(f"{SVG}text")]
    assert texts == [
        "title",
        "what it means",
        "hello",
        "W & co",
        "1.00",
        "own",
        "2.00",
        "failed",
        "no figure",
    ]
