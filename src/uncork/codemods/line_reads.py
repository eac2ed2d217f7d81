"""Reads of the command line become those of a function. Not a codemod itself: it has no ORDER."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from uncork.analysis.parse_calls import given_line
from uncork.source.edit import Edit, Span
from uncork.source.fstrings import find_in_braces, outermost_strings
from uncork.source.lines import add_imports, last_line, with_comments
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uncork.analysis.command_lines import LineReads
    from uncork.source.file import SourceFile


def reader_edits(
    file: SourceFile, reads: LineReads, name: str, text: str, modules: Sequence[str], *, whole: bool
) -> list[Edit] | None:
    """The edits that give every place the result of a function, which they write as well.

    Args:
        file: the file.
        reads: the places.
        name: the function's name.
        text: the function; '' where the file has it already.
        modules: what it needs imported.
        whole: whether it returns the script's name, too.

    Returns:
        The edits, or None where a place can't be edited: Python 3.11 and older do not know
        where nodes inside f-strings stand.
    """
    strings = outermost_strings(file.tree)
    if any(call in strings for call in reads.parses):
        return None
    edits = list(_calls(file, reads.parses, f"{name}()[1:]" if whole else f"{name}()"))
    edits += [Edit(file.span(node), f"{name}()") for node in reads.argvs if node not in strings]
    for string in dict.fromkeys(strings[node] for node in reads.argvs if node in strings):
        inside = [node for node in reads.argvs if strings.get(node) is string]
        found = list(_in_string(file, string, inside, f"{name}()"))
        if len(found) != len(inside):
            return None
        edits += found
    if text:
        edits.append(_function(file, reads, text))
    return [*edits, *add_imports(file, modules)]


def _calls(file: SourceFile, calls: Sequence[ast.Call], line: str) -> Iterator[Edit]:
    for call in calls:
        given = given_line(call)
        if given is not None:
            yield Edit(file.span(given), line)
        else:
            end = file.span(call).end - 1
            yield Edit(Span(end, end), f", args={line}" if call.keywords else line)


def _in_string(
    file: SourceFile, string: ast.JoinedStr, nodes: Sequence[ast.expr], line: str
) -> Iterator[Edit]:
    span = file.span(string)
    text = file.slice(span)
    pattern = re.compile(rf"(?<![\w.]){re.escape(ast.unparse(nodes[0]))}(?!\w)")
    for match in find_in_braces(text, pattern):
        start = span.start + len(text[: match.start].encode())
        yield Edit(Span(start, span.start + len(text[: match.end].encode())), line)


def _function(file: SourceFile, reads: LineReads, text: str) -> Edit:
    """Write the function above the statement that needs it first."""
    first = _first(file, reads)
    previous = max((last_line(s) for s in file.tree.body if last_line(s) < first.lineno), default=0)
    line, _ = with_comments(file, first, previous)
    blank = 0
    while line - 1 - blank > previous and not file.line(line - 1 - blank).strip():
        blank += 1
    gap = "\n" * max(0, 2 - blank) if previous else ""
    start = file.offset(line, 0)
    return Edit(Span(start, start), f"{gap}{text}\n\n")


def _first(file: SourceFile, reads: LineReads) -> ast.stmt:
    """The statement that needs the function first, or the first of those that fill its parser."""
    body = file.tree.body
    number = next(n for n, s in enumerate(body) if any(r in walk(s) for r in reads.nodes))
    parsers = {
        call.func.value.id
        for call in reads.parses
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
    }
    if isinstance(body[number], ast.FunctionDef | ast.ClassDef):
        return body[number]
    while (
        number
        and isinstance(body[number - 1], ast.Assign | ast.Expr)
        and parsers & {node.id for node in walk(body[number - 1]) if isinstance(node, ast.Name)}
    ):
        number -= 1
    return body[number]
