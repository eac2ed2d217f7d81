"""What the codemods that move statements share. Not a codemod itself: it has no ORDER."""

from __future__ import annotations

import ast
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
    """

    span: Span
    text: str
    blank_lines: str


def segments(file: SourceFile, guard: ast.If) -> list[Segment]:
    """The segments of a main block, one for each statement, in order."""
    found = []
    # The header may span lines; the first statement's own segment starts behind it.
    previous = last_line_of_header(guard)
    for statement in guard.body:
        end = last_line(statement)
        span = file.line_span(previous + 1, end)
        text = file.slice(span).replace("\r\n", "\n").replace("\r", "\n")
        if not text.endswith("\n"):
            text += "\n"
        blank = "\n" * (len(text) - len(text.lstrip("\n")))
        found.append(Segment(span, text, blank))
        previous = end
    return found


def last_line_of_header(guard: ast.If) -> int:
    """The line of ``if __name__ == "__main__":``, where its colon stands."""
    return guard.test.end_lineno or guard.lineno


def hook_edit(file: SourceFile, guard: ast.If, text: str) -> Edit:
    """Insert a function in front of the main guard, two blank lines around it as PEP 8 has it."""
    previous = max((last_line(s) for s in file.tree.body if last_line(s) < guard.lineno), default=0)
    first, _ = with_comments(file, guard, previous)
    blank_above = 0
    while first - 1 - blank_above > previous and not file.line(first - 1 - blank_above).strip():
        blank_above += 1
    start = file.offset(first, 0)
    gap = "\n" * max(0, 2 - blank_above) if previous else ""
    return Edit(Span(start, start), f"{gap}{text.rstrip()}\n\n\n")


def new_name(facts: Facts, *candidates: str) -> str:
    """The first of some names that the script does not use anywhere, whatever for."""
    used = {node.id for node in ast.walk(facts.file.tree) if isinstance(node, ast.Name)}
    used |= {node.arg for node in ast.walk(facts.file.tree) if isinstance(node, ast.arg)}
    used |= facts.names.module.bound | set(facts.imports)
    used |= {
        node.name
        for node in ast.walk(facts.file.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    numbered = (f"{candidates[0]}_{number}" for number in range(2, 100))
    return next(name for name in (*candidates, *numbered) if name not in used)


def dynamic_names(statement: ast.stmt) -> str:
    """What in a statement binds or reads names out of sight, or ''."""
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Name(id="exec" | "eval" | "locals" | "globals" as name)):
                return f"{name}()"
            case ast.Call(func=ast.Name(id="vars" | "dir" as name), args=[]):
                return f"{name}()"
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                return "a star import"
            case _:
                pass
    return ""
