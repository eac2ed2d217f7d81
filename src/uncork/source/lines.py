"""Whole lines: a statement with the comments above it, and where a new import goes."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from uncork.source.edit import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uncork.source.file import SourceFile


def indentation(file: SourceFile, statement: ast.stmt) -> str:
    """The white space in front of a statement's first line."""
    line = file.line(first_line(statement))
    return line[: len(line) - len(line.lstrip())]


def first_line(statement: ast.stmt) -> int:
    """A statement's first line, its decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    lines = [decorator.lineno for decorator in decorators]
    return min([statement.lineno, *lines])


def last_line(statement: ast.stmt) -> int:
    """A statement's last line."""
    return statement.end_lineno or statement.lineno


def with_comments(file: SourceFile, statement: ast.stmt, floor: int) -> tuple[int, int]:
    """A statement's first and last line, the comment lines directly above it included.

    Args:
        file: the file.
        statement: the statement.
        floor: the last line that belongs to something else: the line of the previous
            statement's end, or of the block's header.
    """
    first = first_line(statement)
    indent = indentation(file, statement)
    while first - 1 > floor:
        above = file.line(first - 1)
        if not above.startswith(f"{indent}#"):
            break
        first -= 1
    return first, last_line(statement)


def shares_a_line(file: SourceFile, statement: ast.stmt) -> bool:
    """Whether something else than a comment stands on a statement's first or last line."""
    head = file.line(first_line(statement))
    assert statement.end_col_offset is not None  # noqa: S101 - true of every parsed node
    end = file.offset(last_line(statement), statement.end_col_offset)
    line_end = file.line_span(last_line(statement), last_line(statement)).end
    # A semicolon that nothing follows separates nothing.
    tail = file.utf8[end:line_end].decode().strip().removeprefix(";").strip()
    start = min(
        [statement.col_offset]
        + [d.col_offset - 1 for d in getattr(statement, "decorator_list", None) or ()]
    )
    return bool(head.encode()[:start].strip()) or not (not tail or tail.startswith("#"))


def insert_before(file: SourceFile, line: int, text: str) -> Edit:
    """Insert whole lines in front of a line (from 1)."""
    start = file.offset(line, 0)
    return Edit(Span(start, start), text)


def insert_behind(file: SourceFile, line: int, text: str) -> Edit:
    """Insert whole lines behind a line (from 1), which may lack a line end."""
    end = file.line_span(line, line).end
    if file.lines[line - 1].endswith((b"\n", b"\r")):
        return Edit(Span(end, end), text)
    return Edit(Span(end, end), "\n" + text.rstrip("\n"))


def line_before(file: SourceFile, edits: Iterable[Edit], line: int) -> int:
    """The line that a line of the edited file was, or the one where it was put in.

    Args:
        file: the file before it was edited.
        edits: the edits.
        line: a line of the edited file, from 1.
    """
    edits = sorted(edits, key=lambda edit: edit.span)
    edited = file.edited(edits)
    text = edited.line(line)
    offset = edited.offset(line, len(text) - len(text.lstrip()))
    grown = 0
    for edit in edits:
        replacement = edit.replacement.replace("\n", file.newline).encode()
        behind = offset - grown - edit.span.start
        if 0 <= behind < len(replacement):
            moved = _moved_from(file, edits, text)
            return moved or file.utf8.count(b"\n", 0, edit.span.start) + 1
        if behind < 0:
            break
        grown += len(replacement) - (edit.span.end - edit.span.start)
    return file.utf8.count(b"\n", 0, offset - grown) + 1


def _moved_from(file: SourceFile, edits: Sequence[Edit], text: str) -> int | None:
    """The line with a text, perhaps at another depth, among those that edits take away, or None."""
    taken = [
        number
        for edit in edits
        for number in range(
            file.utf8.count(b"\n", 0, edit.span.start) + 1,
            file.utf8.count(b"\n", 0, edit.span.end) + 1,
        )
    ]
    same = [number for number in taken if file.line(number) == text]
    deeper = [number for number in taken if file.line(number).strip() == text.strip()]
    return next(iter([*same, *deeper]), None)


def add_keyword(file: SourceFile, call: ast.Call, text: str) -> Edit:
    """Give a call one more argument behind its others, on a line of its own if they have one."""
    places: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    if not places:
        end = file.span(call).end - 1
        return Edit(Span(end, end), text)
    last = max(places, key=lambda node: file.span(node).end)
    end = file.span(last).end
    before = file.lines[last.lineno - 1][: last.col_offset].decode()
    return Edit(Span(end, end), f", {text}" if before.strip() else f",\n{before}{text}")


def add_imports(file: SourceFile, modules: Sequence[str]) -> list[Edit]:
    """Import modules by their plain name at the top of a file, unless it does already.

    They join the first block of ``import x`` lines in alphabetical order, or open one
    in front of the first import, behind the docstring and ``from __future__``.
    """
    leading = _leading_imports(file)
    plain = [statement for statement in leading if isinstance(statement, ast.Import)]
    present = {a.name for statement in plain for a in statement.names if a.asname is None}
    missing = sorted(set(modules) - present)
    block = _first_block(plain)
    if block:
        return [_join_block(file, block, module) for module in missing]
    text = "".join(f"import {module}\n" for module in missing)
    if not missing:
        return []
    for statement in leading:
        if isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
            gap = "" if _is_standard(statement.module) else "\n"
            return [insert_before(file, statement.lineno, text + gap)]
    head = _head_end(file)
    if head:
        has_gap = head == len(file.lines) or not file.line(head + 1).strip()
        return [insert_behind(file, head, f"\n{text}" if has_gap else f"\n{text}\n")]
    if not file.tree.body:
        end = len(file.utf8)
        return [Edit(Span(end, end), text)]
    # A first line may say the interpreter and the encoding: a statement comes behind them.
    first = file.tree.body[0]
    gap = "" if isinstance(first, ast.Import | ast.ImportFrom) else "\n"
    return [insert_before(file, first_line(first), text + gap)]


def _leading_imports(file: SourceFile) -> list[ast.stmt]:
    """The imports in front of the first statement that is none, docstrings aside."""
    leading: list[ast.stmt] = []
    for statement in file.tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            leading.append(statement)
        elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
            break
    return leading


def _is_standard(module: str | None) -> bool:
    return (module or "").partition(".")[0] in sys.stdlib_module_names


def _join_block(file: SourceFile, block: list[ast.Import], module: str) -> Edit:
    line = f"import {module}\n"
    for statement in block:
        if statement.names[0].name > module:
            return insert_before(file, statement.lineno, line)
    return insert_behind(file, last_line(block[-1]), line)


def _first_block(plain: list[ast.Import]) -> list[ast.Import]:
    block: list[ast.Import] = []
    for statement in plain:
        if block and statement.lineno != last_line(block[-1]) + 1:
            break
        block.append(statement)
    return block


def _head_end(file: SourceFile) -> int:
    """The last line of the docstring and of ``from __future__`` imports, or 0."""
    end = 0
    for statement in file.tree.body:
        is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not (is_docstring or is_future):
            break
        end = last_line(statement)
    return end
