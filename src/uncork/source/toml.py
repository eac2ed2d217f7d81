"""Lists and tables of a TOML file as spans of its text, so that a line can be added in place.

No reader of TOML keeps what a file looks like, and Python 3.10 has none at all. This
one knows of TOML 1.0 what it takes to find keys and where values end: strings,
comments, brackets and table headers. What it does not understand it does not find.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = re.compile(
    r"[ \t]*\[(?P<array>\[?)[ \t]*(?P<name>[^\[\]\n#]+?)[ \t]*\]\]?[ \t]*(?:#|\r?\n|$)"
)
_KEY = re.compile(r"[ \t]*(?P<key>[A-Za-z0-9_.\- \t]+?|\"[^\"\n]*\"|'[^'\n]*')[ \t]*=[ \t]*")
_TOKEN = re.compile(
    r"\"\"\"(?:\\.|[^\\])*?\"{3,5}|'''.*?'{3,5}|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|#[^\n]*|"
    r"[\[\]{},]|\r?\n|[^\"'#\[\]{},\n\r]+",
    re.DOTALL,
)


@dataclass(frozen=True)
class Value:
    """A key's value.

    Args:
        key: the key, without quotes.
        line: where the key's line starts.
        start: the value's first character.
        end: behind its last.
    """

    key: str
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class Table:
    """A table with a header of its own.

    Args:
        name: its name, without white space around the dots.
        end: behind the header's line, where a first key would go.
        values: its keys, in order.
    """

    name: str
    end: int
    values: tuple[Value, ...]

    def value(self, key: str) -> Value | None:
        """The value of a key, or None."""
        return next((value for value in self.values if value.key == key), None)


def tables(text: str) -> tuple[Table, ...]:
    """The tables of a TOML file; none if it has what is not understood."""
    found: list[Table] = []
    name, end, values = "", 0, list[Value]()
    position = 0
    while position < len(text):
        header = _HEADER.match(text, position)
        key = None if header else _KEY.match(text, position)
        line_end = _line_end(text, position)
        if header:
            found.append(Table(name, end, tuple(values)))
            name = re.sub(r"[ \t]*\.[ \t]*", ".", header["name"]) + (
                "[]" if header["array"] else ""
            )
            name, end, values = name.replace('"', ""), line_end, []
            position = line_end
        elif key:
            stop = _value_end(text, key.end())
            if stop is None:
                return ()
            values.append(Value(key["key"].strip("\"' \t"), position, key.end(), stop))
            position = _line_end(text, stop)
        elif text[position:line_end].strip().startswith("#") or not text[position:line_end].strip():
            position = line_end
        else:
            return ()
    return (*found, Table(name, end, tuple(values)))


def _line_end(text: str, position: int) -> int:
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1


def _value_end(text: str, start: int) -> int | None:
    """Behind a value that starts somewhere; None if it does not end."""
    depth, end = 0, start
    for match in _TOKEN.finditer(text, start):
        piece = match[0]
        if piece in "[{":
            depth += 1
        elif piece in "]}":
            depth -= 1
        elif not depth and (piece.startswith("#") or piece in ("\n", "\r\n")):
            return end
        if piece.strip() and not piece.startswith("#"):
            end = match.start() + len(piece.rstrip())
    return None if depth else end


def items(text: str, value: Value) -> Iterator[tuple[int, int]] | None:
    """Where the texts of a list stand, quotes included; None if it is no list of texts."""
    if text[value.start] != "[" or text[value.end - 1] != "]":
        return None
    found = []
    for match in _TOKEN.finditer(text, value.start + 1, value.end - 1):
        piece = match[0]
        if piece[0] in "\"'" and not piece.startswith(('"""', "'''")):
            found.append(match.span())
        elif piece.strip() and piece != "," and not piece.startswith("#"):
            return None
    return iter(found)
