"""What both benchmarks share: options, and where their results are written."""

from __future__ import annotations

import argparse
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from benchmarks.figures import Ratio, Results, as_markdown, between_markers, number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Cell: TypeAlias = Callable[[Results, str], str]

EXPLANATION = Path(__file__).parents[1] / "docs" / "explanation"
PAGE = EXPLANATION / "performance.md"


class Verbatim(argparse.RawDescriptionHelpFormatter):
    """Help with the docstring's own lines."""


def add_options(parser: argparse.ArgumentParser, *, rounds: int) -> None:
    """The options of a benchmark.

    Args:
        parser: gets them.
        rounds: how many there are otherwise.
    """
    parser.add_argument("--rounds", type=int, default=rounds, help=f"{rounds} if left out")
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--write", action="store_true", help="write tables and chart into docs")


def machine() -> str:
    """What the figures were measured on, in a line."""
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def span(seconds: float) -> str:
    """How long it took."""
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"  # noqa: PLR2004


def times(ratio: Ratio | None) -> str:
    """A ratio in a table's cell, without its spread."""
    return number(None if ratio is None else ratio.median)


def write(name: str, head: str, tables: Sequence[Sequence[Sequence[str]]], said: list[str]) -> None:
    """Write a benchmark's tables between its markers in docs/explanation/performance.md."""
    parts = [head, *map(as_markdown, tables)]
    if said:
        parts.append("\n".join(f"- {line}" for line in said))
    PAGE.write_text(between_markers(PAGE.read_text(), name, "\n\n".join(parts)))


def write_chart(name: str, svg: str) -> None:
    """Write a chart beside the page that shows it."""
    (EXPLANATION / name).write_text(svg)
