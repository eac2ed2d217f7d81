"""What the measurements say: medians of ratios, goals, tables. Pure.

Absolute times of a shared machine say little, and even ratios spread by tens of
percent. So servers are measured next to each other in rounds, in an order that
changes; each round's figure is divided by the same round's figure of the server
that it is compared with, and the median of these ratios is what is told.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

NEVER = 1e6
"""Stands for how many times as long an answer took that did not come."""
Series: TypeAlias = "list[float | None]"
"""One figure a round; None where the server failed in that round."""


class Results:
    """Every figure of every server, round by round.

    Args:
        names: the servers, in the order of the table.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = list(names)
        self.failures: list[str] = []
        self._series: dict[tuple[str, str], Series] = {}

    def add(self, name: str, figure: str, value: float | None) -> None:
        """Note a server's figure of this round; every round notes each figure once."""
        self._series.setdefault((name, figure), []).append(value)

    def failed(self, name: str, what: str) -> None:
        """Note in words what went wrong with a server; told with the table."""
        line = f"{name}: {what}"
        if line not in self.failures:
            self.failures.append(line)

    def series(self, name: str, figure: str) -> Series:
        """A server's figures, one a round; empty if it was not measured."""
        return self._series.get((name, figure), [])

    def median(self, name: str, figure: str) -> float | None:
        """The median of a server's figures."""
        return median(self.series(name, figure))

    def least(self, name: str, figure: str) -> float | None:
        """The worst of a server's figures, where one failure is too many."""
        there = [value for value in self.series(name, figure) if value is not None]
        return min(there, default=None)

    def quarters(self, name: str, figure: str) -> Ratio | None:
        """The median of figures that are ratios already, and their quartiles."""
        series = self.series(name, figure)
        return ratio(series, [1.0] * len(series))

    def ratio(self, name: str, base: str, figure: str, of: str | None = None) -> Ratio | None:
        """A server's figure over another one's, or over another figure of its own.

        Args:
            name: the server.
            base: the server that it is compared with.
            figure: what of the first.
            of: what of the second, if it is something else.
        """
        return ratio(self.series(name, figure), self.series(base, of or figure))


@dataclass(frozen=True)
class Ratio:
    """A median of ratios, and the quarters around it."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{number(self.median)} ({number(self.low)} to {number(self.high)})"


def median(series: Sequence[float | None]) -> float | None:
    """The median of the rounds that have a figure; None if there is none."""
    there = [value for value in series if value is not None]
    if not there:
        return None
    whole = all(isinstance(value, int) for value in there)
    return statistics.median_low(there) if whole else statistics.median(there)


def ratio(own: Sequence[float | None], base: Sequence[float | None]) -> Ratio | None:
    """The median of the ratios, round by round, and their quartiles.

    Args:
        own: one figure a round.
        base: what it is divided by, of the same rounds.

    Returns:
        None if no round has both.
    """
    pairs = zip(own, base, strict=False)
    ratios = sorted(one / other for one, other in pairs if one is not None and other)
    if not ratios:
        return None
    if len(ratios) == 1:
        return Ratio(ratios[0], ratios[0], ratios[0])
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return Ratio(middle, low, high)


@dataclass(frozen=True)
class Goal:
    """Something that was to be reached.

    Args:
        text: what.
        limit: the figure to reach.
        value: the figure that was measured; None, it could not be.
        most: the limit is the most, not the least.
        why: what stands beside a figure that can't be measured here.
    """

    text: str
    limit: float
    value: Ratio | float | None
    most: bool = False
    why: str = "not measured"

    @property
    def met(self) -> bool | None:
        """Whether it was reached; None if nothing was measured."""
        if self.value is None:
            return None
        value = self.value.median if isinstance(self.value, Ratio) else self.value
        return value <= self.limit if self.most else value >= self.limit

    @property
    def verdict(self) -> str:
        """In a word."""
        return {True: "met", False: "MISSED", None: self.why}[self.met]


def number(value: float | None, empty: str = "-") -> str:
    """A figure with as many digits as it deserves: three at most."""
    if value is None:
        return empty
    if value >= NEVER:
        return "never"
    if isinstance(value, int):
        return f"{value:,}"
    if abs(value) >= 1000:  # noqa: PLR2004 - a thousand
        return f"{value:,.0f}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2  # noqa: PLR2004 - digits
    return f"{value:.{digits}f}"


def goal_rows(goals: Sequence[Goal]) -> list[list[str]]:
    """The goals as rows of a table, headings first."""
    rows = [["goal", "wanted", "measured", ""]]
    for goal in goals:
        wanted = f"{'at most' if goal.most else 'at least'} {number(goal.limit)}"
        value = goal.value
        shown = str(value) if isinstance(value, Ratio) else number(value)
        rows.append([goal.text, wanted, shown, goal.verdict])
    return rows


def as_text(rows: Sequence[Sequence[str]]) -> str:
    """A table for a terminal; the first column is left-aligned."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def as_markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table for the documentation; the first row is its head."""
    head, *body = rows
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *body))


def between_markers(text: str, name: str, content: str) -> str:
    """A document with what stands between ``<!-- NAME -->`` and ``<!-- /NAME -->`` replaced.

    Raises:
        ValueError: a marker is missing.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"there is no {begin} ... {end}")
    return f"{before}{begin}\n{content.strip()}\n{end}{after}"


def table(
    results: Results,
    columns: Mapping[str, Callable[[Results, str], str]],
    shown: Callable[[str], bool] = bool,
) -> list[list[str]]:
    """One row a server, headings first.

    Args:
        results: the figures.
        columns: each heading, and what makes a cell of a server's name.
        shown: which servers have a row.
    """
    rows = [["server", *columns]]
    rows += [
        [name, *(cell(results, name) for cell in columns.values())]
        for name in results.names
        if shown(name)
    ]
    return rows
