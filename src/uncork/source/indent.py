"""Re-indentation: lines that move to another depth, without touching what strings hold."""

from __future__ import annotations

import io
import tokenize
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uncork.source.file import SourceFile


def step_of(file: SourceFile) -> str:
    """What one level of indentation looks like in a file; four spaces where it has none."""
    for token in _tokens(file):
        if token.type == tokenize.INDENT:
            return token.string
    return "    "


def reindented(file: SourceFile, first: int, last: int, old: str, new: str) -> str:
    """The text of some lines at another depth, each line with a line feed.

    Lines that begin inside a string stay as they are: their white space is its text. So
    do those that don't begin with the old indentation, such as comments at the margin.

    Args:
        file: the file.
        first: the first line, from 1.
        last: the last line.
        old: the indentation of the statements that these lines are.
        new: the one that they get.
    """
    frozen = _inside_strings(file)
    lines = []
    for number in range(first, last + 1):
        line = file.line(number)
        if number not in frozen and line.strip() and line.startswith(old):
            line = new + line[len(old) :]
        lines.append(f"{line}\n")
    return "".join(lines)


def _inside_strings(file: SourceFile) -> set[int]:
    """The lines that begin inside a string."""
    found: set[int] = set()
    starts: list[int] = []
    for token in _tokens(file):
        kind = tokenize.tok_name[token.type]
        if kind == "STRING":
            found.update(range(token.start[0] + 1, token.end[0] + 1))
        elif kind == "FSTRING_START":
            starts.append(token.start[0])
        elif kind == "FSTRING_END":
            # Of Python 3.12: before it an f-string is one token.
            found.update(range(starts.pop() + 1, token.end[0] + 1))
    return found


def _tokens(file: SourceFile) -> list[tokenize.TokenInfo]:
    # Line ends as the tokenizer counts them, and as `SourceFile.lines` does.
    text = file.text.replace("\r\n", "\n").replace("\r", "\n")
    return list(tokenize.generate_tokens(io.StringIO(text).readline))
