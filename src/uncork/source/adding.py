"""Adds one requirement to a file that names several, in the file's own style."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from uncork.source.requirements import CONDA_FILES, PIP_FILES
from uncork.source.toml import items, tables

if TYPE_CHECKING:
    from uncork.source.toml import Table, Value

_YAML_ITEM = re.compile(
    r"(?P<head>(?P<indent>[ \t]*)-[ \t]+)(?P<quote>[\"']?)(?P<text>[^\s#].*?)\s*$"
)
_YAML_KEY = re.compile(r"dependencies:[ \t]*(?:#.*)?$")


def add_to(name: str, text: str, requirement: str) -> str | None:
    """The text with a requirement added; None where that can't be done with certainty.

    Args:
        name: the file's name, which says its format.
        text: its text, with its own line ends.
        requirement: a distribution's name.
    """
    if name in PIP_FILES:
        return _with_line(text, len(text), requirement)
    if name == "pyproject.toml":
        return _pyproject(text, requirement)
    if name == "Pipfile":
        found = {table.name: table for table in tables(text)}
        return _table(text, found["packages"], requirement) if "packages" in found else None
    return _conda(text, requirement) if name in CONDA_FILES else None


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _with_line(text: str, position: int, line: str) -> str:
    """A line of its own in front of a position that is a line's start or the text's end."""
    newline = _newline(text)
    gap = newline if position and text[position - 1] != "\n" else ""
    return f"{text[:position]}{gap}{line}{newline}{text[position:]}"


def _behind(text: str, position: int) -> int:
    """The start of the next line."""
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1


def _pyproject(text: str, requirement: str) -> str | None:
    found = {table.name: table for table in tables(text)}
    project = found.get("project")
    listed = project.value("dependencies") if project else None
    if listed is not None:
        return _list(text, listed, requirement)
    poetry = found.get("tool.poetry.dependencies")
    return _table(text, poetry, requirement) if poetry else None


def _table(text: str, table: Table, requirement: str) -> str:
    """``waitress = "*"`` behind the table's last key, in its quotes."""
    last = table.values[-1] if table.values else None
    quote = "'" if last and text[last.start] == "'" else '"'
    tight = last is not None and text[last.start - 1] == "="
    equals = "=" if tight else " = "
    position = _behind(text, last.end) if last else table.end
    return _with_line(text, position, f"{requirement}{equals}{quote}*{quote}")


def _list(text: str, value: Value, requirement: str) -> str | None:
    """Another text at the end of a list, on a line of its own if the others have theirs."""
    found = items(text, value)
    if found is None:
        return None
    spans = list(found)
    if not spans:
        inner = text[value.start + 1 : value.end - 1]
        if inner.strip():
            return None
        return f'{text[: value.start]}["{requirement}"]{text[value.end :]}'
    start, end = spans[-1]
    quoted = f"{text[start]}{requirement}{text[start]}"
    rest = text[end : value.end - 1]
    if "\n" not in rest:
        return f"{text[:end]}, {quoted}{text[end:]}"
    line = text.rfind("\n", 0, start) + 1
    head = text[line:start]
    indent = head[: len(head) - len(head.lstrip())]
    if line <= value.start:
        indent = "    "
    has_comma = rest.lstrip(" \t").startswith(",")
    if has_comma != ("," in re.sub(r"#[^\n]*", "", rest)):
        return None
    position = _behind(text, end) + (0 if has_comma else 1)
    text = text if has_comma else f"{text[:end]},{text[end:]}"
    return _with_line(text, position, f"{indent}{quoted}{',' if has_comma else ''}")


def _conda(text: str, requirement: str) -> str | None:
    """An item behind the last one of conda's list, or of pip's in it if Flask stands there."""
    lines = text.splitlines(keepends=True)
    start = next((n for n, line in enumerate(lines) if _YAML_KEY.match(line)), None)
    if start is None:
        return None
    own: list[tuple[int, re.Match[str]]] = []
    for number, line in enumerate(lines[start + 1 :], start + 1):
        if line.strip() and not line.lstrip().startswith("#"):
            match = _YAML_ITEM.match(line)
            if match is None:
                break
            own.append((number, match))
    if not own or any("{" in match["text"] or "[" in match["text"] for _, match in own):
        return None
    base = own[0][1]["indent"]
    plain = [(n, m) for n, m in own if m["indent"] == base and not m["text"].endswith(":")]
    nested = [(n, m) for n, m in own if m["indent"] != base]
    if any(_is_flask(match) for _, match in nested):
        chosen = nested
    else:
        # `- pip` stands in front of `- pip:`, and stays there.
        chosen = [each for each in plain if each[1]["text"] != "pip"] or plain
    if not chosen:
        return None
    number, match = chosen[-1]
    position = len("".join(lines[: number + 1]))
    return _with_line(
        text, position, f"{match['head']}{match['quote']}{requirement}{match['quote']}"
    )


def _is_flask(match: re.Match[str]) -> bool:
    return re.match(r"flask|dash", match["text"], re.IGNORECASE) is not None
