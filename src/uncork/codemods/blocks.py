"""What the codemods that move statements share. Not a codemod itself: it has no ORDER."""

from __future__ import annotations

import ast
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.source.edit import Edit, Span
from uncork.source.lines import last_line, with_comments

if TYPE_CHECKING:
    from uncork.analysis.facts import Facts
    from uncork.source.file import SourceFile


@dataclass(frozen=True)
class Segment:
    """A statement of a block with everything between it and the statement before it.

    Comments and blank lines above a statement travel with it.

    Args:
        span: the lines.
        text: their text, each with its line end as a line feed.
        blank_lines: the blank lines that it starts with.
        blank_span: where those stand.
    """

    span: Span
    text: str
    blank_lines: str
    blank_span: Span


def segments(file: SourceFile, guard: ast.If | ast.FunctionDef) -> list[Segment]:
    """The segments of a main block, one for each statement, in order."""
    found = []
    # The header may span lines; the first statement's own segment starts behind it.
    previous = last_line_of_header(file, guard)
    for statement in guard.body:
        end = last_line(statement)
        # One that shares its line is no whole line, and will not be moved.
        span = file.line_span(min(previous + 1, end), end)
        text = file.slice(span).replace("\r\n", "\n").replace("\r", "\n")
        if not text.endswith("\n"):
            text += "\n"
        blank = _leading_blank_lines(text)
        blank_span = Span(span.start, file.offset(previous + 1 + blank.count("\n"), 0))
        found.append(Segment(span, text, blank, blank_span))
        previous = end
    return found


def _leading_blank_lines(text: str) -> str:
    lines = text.splitlines(keepends=True)
    count = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    return "".join(lines[:count])


def last_line_of_header(file: SourceFile, guard: ast.If | ast.FunctionDef) -> int:
    """The line of ``if __name__ == "__main__":`` or ``def main():`` where its colon stands.

    The tree does not know it: parentheses may put it lines behind the condition.
    """
    lines = (file.line(number) + "\n" for number in range(guard.lineno, len(file.lines) + 1))
    for token in tokenize.generate_tokens(lambda: next(lines, "")):
        if token.type == tokenize.NEWLINE:
            return guard.lineno + token.end[0] - 1
    return guard.lineno


def hook_edit(file: SourceFile, guard: ast.If | ast.FunctionDef, text: str) -> Edit:
    """Insert a function in front of the main block, two blank lines around it as PEP 8 has it."""
    previous = max((last_line(s) for s in file.tree.body if last_line(s) < guard.lineno), default=0)
    first, _ = with_comments(file, guard, previous)
    blank_above = 0
    while first - 1 - blank_above > previous and not file.line(first - 1 - blank_above).strip():
        blank_above += 1
    start = file.offset(first, 0)
    # In front of a first statement stands the import that was added for the function.
    gap = "\n" * max(0, 2 - blank_above) if previous else "\n"
    return Edit(Span(start, start), f"{gap}{text.rstrip()}\n\n\n")


def new_name(facts: Facts, *candidates: str) -> str:
    """The first of some names that the script does not use anywhere, whatever for."""
    used = {node.id for node in facts.file.nodes if isinstance(node, ast.Name)}
    used |= {node.arg for node in facts.file.nodes if isinstance(node, ast.arg)}
    used |= facts.names.module.bound | set(facts.imports)
    used |= {
        node.name
        for node in facts.file.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    numbered = (f"{candidates[0]}_{number}" for number in range(2, 100))
    return next(name for name in (*candidates, *numbered) if name not in used)
