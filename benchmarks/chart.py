"""Bar charts as SVG, written by hand, so that drawing one needs no library. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 720
LEFT = 180
RIGHT = 70
BAR = 16
GAP = 6
HEAD = 58
GROUP_HEAD = 30
OWN = "#2f6f4f"
OTHER = "#9aa5b1"
INK = "#1f2933"
LINE = "#d64545"


@dataclass(frozen=True)
class Bar:
    """One bar.

    Args:
        label: stands left of it.
        value: its length, in the chart's unit; None, there is none to draw.
        own: drawn in the colour of what the chart is about.
    """

    label: str
    value: float | None
    own: bool = False


@dataclass(frozen=True)
class Group:
    """Bars under a heading, with a line at what is to be reached.

    Args:
        heading: stands above them.
        bars: from top to bottom.
        line: a value that is marked, such as a goal.
    """

    heading: str
    bars: tuple[Bar, ...]
    line: float | None = None


def bar_chart(title: str, subtitle: str, groups: Sequence[Group]) -> str:
    """A chart of horizontal bars, each group on a scale of its own that begins at 0.

    Args:
        title: its first line.
        subtitle: what a bar's length means.
        groups: from top to bottom.
    """
    parts = [
        _text(16, 26, title, size=17, weight="bold"),
        _text(16, 46, subtitle, size=12),
    ]
    y = HEAD
    for group in groups:
        y = _group(parts, group, y)
    height = y + 12
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" font-family="sans-serif">'
    )
    return "\n".join(
        [
            opening,
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _group(parts: list[str], group: Group, y: int) -> int:
    """Draw a group from `y` down; returns where it ends."""
    values = [value for value in (group.line, *(bar.value for bar in group.bars)) if value]
    scale = (WIDTH - LEFT - RIGHT) / max(values, default=1.0)
    parts.append(_text(16, y + 20, group.heading, size=13, weight="bold"))
    top = y + GROUP_HEAD
    end = top + len(group.bars) * (BAR + GAP)
    if group.line is not None:
        # First, so that no label is struck out by it.
        x = LEFT + group.line * scale
        parts.append(
            f'<line x1="{x:.1f}" y1="{top - 3}" x2="{x:.1f}" y2="{end - GAP + 3}" '
            f'stroke="{LINE}" stroke-width="1.5" stroke-dasharray="4 3"/>'
        )
    for number, bar in enumerate(group.bars):
        _bar(parts, bar, top + number * (BAR + GAP), scale)
    return end + 8


def _bar(parts: list[str], bar: Bar, y: int, scale: float) -> None:
    parts.append(_text(LEFT - 8, y + 12, bar.label, anchor="end"))
    if bar.value is None:
        parts.append(_text(LEFT + 4, y + 12, "no figure"))
        return
    length = max(bar.value * scale, 1.0)
    fill = OWN if bar.own else OTHER
    parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{fill}"/>')
    parts.append(_text(LEFT + length + 6, y + 12, f"{bar.value:.2f}"))


def _text(
    x: float, y: float, text: str, *, size: int = 12, weight: str = "normal", anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}" fill="{INK}" '
        f'stroke="white" stroke-width="3" paint-order="stroke">{escape(text)}</text>'
    )
