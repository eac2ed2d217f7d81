"""An app that is run at import gains a main guard; what stands behind the run call joins it.

Why: a WSGI server imports the module, and would start the development server inside itself
(https://docs.python.org/3/library/__main__.html). What stands behind the run call, or
behind the main guard, never ran while the script was serving, and would run at import.

What changes: a run call at module level, or the call of a function that runs the app,
moves into ``if __name__ == "__main__":``, with banners directly above it. Statements
behind it move to the guard's end; definitions that only bind a name stay where they are.
Two main guards with nothing but such definitions between them become one. Other
statements of module level stay: they are done at import anyway.

When it declines: statements that share a line; a statement behind the guard that needs
a definition behind it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.behind import is_plain_definition
from uncork.analysis.purity import is_banner
from uncork.analysis.servers import Servers
from uncork.analysis.way import way_to_run
from uncork.codemods.base import Rewrite
from uncork.source.edit import Edit, Span
from uncork.source.indent import reindented, step_of
from uncork.source.lines import (
    first_line,
    indentation,
    insert_behind,
    last_line,
    shares_a_line,
    with_comments,
)
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uncork.analysis.facts import Facts
    from uncork.codemods.base import MigrationOptions
    from uncork.diagnostics import Diagnostic
    from uncork.source.file import SourceFile

ORDER = 1
GUARD = 'if __name__ == "__main__":\n'


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:  # noqa: ARG001 - a codemod's signature
    """Give the script one main guard, with everything in it that must not run at import."""
    match facts.guards:
        case []:
            return _unguarded(facts)
        case [guard]:
            return _behind(facts, guard)
        case [first, second]:
            return _merged(facts, first, second)
        case _:
            return Rewrite()


@dataclass(frozen=True)
class _Lines:
    """The lines of some statements that move, with the comments directly above each."""

    file: SourceFile
    statements: Sequence[ast.stmt]

    def text(self, indent: str) -> str:
        """Their text at another depth; what blank lines set apart stays so."""
        text = ""
        for statement in self.statements:
            first, last = self._range(statement)
            apart = text and first > 1 and not self.file.line(first - 1).strip()
            text += "\n" if apart else ""
            old = indentation(self.file, statement)
            text += reindented(self.file, first, last, old, indent)
        return text

    def removals(self) -> Iterator[Edit]:
        """Take them away, with the blank lines above them."""
        for statement in self.statements:
            first, last = self._range(statement)
            while first > 1 and not self.file.line(first - 1).strip():
                first -= 1
            yield Edit(self.file.line_span(first, last), "")

    def _range(self, statement: ast.stmt) -> tuple[int, int]:
        return with_comments(self.file, statement, _floor(self.file, statement))


def _floor(file: SourceFile, statement: ast.stmt) -> int:
    """The last line of what stands in front of a statement of module level."""
    above = [last_line(s) for s in file.tree.body if last_line(s) < first_line(statement)]
    return max(above, default=0)


def _unguarded(facts: Facts) -> Rewrite:
    file, body = facts.file, facts.file.tree.body
    way = way_to_run(file.tree, file.tree, [run.call for run in facts.runs])
    if not way:
        return Rewrite()
    run = way[0].statement
    place = body.index(run)
    behind, kept = _sorted(facts, body[place + 1 :])
    moved = [*_with_the_run(facts, body[:place], run), run, *behind]
    if any(shares_a_line(file, statement) for statement in moved):
        return Rewrite()
    indent = step_of(file)
    lines = _Lines(file, moved)
    notes = _notes(facts, behind)
    if _needs(facts, behind, kept) or (kept and behind):
        # At the end of the file everything is defined that these statements may call.
        end = len(file.utf8)
        gap = "\n\n" if file.utf8.endswith((b"\n", b"\r")) else "\n\n\n"
        edits = [*lines.removals(), Edit(Span(end, end), f"{gap}{GUARD}{lines.text(indent)}")]
        return Rewrite(tuple(edits), diagnostics=notes)
    first, last = with_comments(file, moved[0], _floor(file, moved[0]))
    previous = [s for s in body if last_line(s) < first]
    gap = _gap(file, previous[-1] if previous else None, first)
    text = lines.text(indent)
    others = _Lines(file, moved[1:]).removals()
    tail = "\n\n" if kept and _blank_lines(file, last_line(run) + 1) < 1 else ""
    edits = [Edit(file.line_span(first, last), f"{gap}{GUARD}{text}{tail}"), *others]
    return Rewrite(tuple(edits), diagnostics=notes)


def _with_the_run(facts: Facts, above: Sequence[ast.stmt], run: ast.stmt) -> Iterator[ast.stmt]:
    """What belongs to the run call: banners directly above it, and what makes its server."""
    servers = Servers(facts.file)
    names = servers.names_of(facts.runs[0], run)
    banners: list[ast.stmt] = []
    for statement in reversed(above):
        docstring = statement is facts.file.tree.body[0] and isinstance(statement, ast.Expr)
        parts = servers.is_of_run(statement, facts.runs[0], names)
        if docstring or not (parts or is_banner(statement, facts.imports)):
            break
        banners.append(statement)
    contiguous = set(banners)
    for statement in above:
        if statement in contiguous or servers.is_of_run(statement, facts.runs[0], names):
            yield statement


def _sorted(
    facts: Facts, behind: Sequence[ast.stmt]
) -> tuple[list[ast.stmt], list[ast.FunctionDef | ast.ClassDef | ast.stmt]]:
    """The statements behind the run that join the guard, and those that stay."""
    kept = [statement for statement in behind if is_plain_definition(statement, facts)]
    return [statement for statement in behind if statement not in kept], kept


def _needs(facts: Facts, moved: Sequence[ast.stmt], kept: Sequence[ast.stmt]) -> bool:
    """Whether statements that move read what definitions behind them bind."""
    bound = {getattr(statement, "name", "") for statement in kept}
    inside = {node for statement in moved for node in walk(statement)}
    return any(use.name in bound and use.node in inside for use in facts.names.uses() if use.reads)


def _gap(file: SourceFile, previous: ast.stmt | None, first: int) -> str:
    """The blank lines that a main guard lacks above it: two behind a definition, else one."""
    if previous is None:
        return ""
    definition = isinstance(previous, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    wanted = 2 if definition else 1
    return "\n" * max(0, wanted - _blank_lines(file, first - 1, step=-1))


def _blank_lines(file: SourceFile, line: int, *, step: int = 1) -> int:
    count = 0
    while 1 <= line <= len(file.lines) and not file.line(line).strip():
        count += 1
        line += step
    return count


def _notes(facts: Facts, moved: Sequence[ast.stmt]) -> tuple[Diagnostic, ...]:
    return tuple(
        rules.BEHIND_RUN.at(
            facts.file.place(first_line(statement)),
            "this never ran while the script was serving; it moves to the main guard's end",
        )
        for statement in moved
        if not is_banner(statement, facts.imports)
    )


def _behind(facts: Facts, guard: ast.If) -> Rewrite:
    """Statements behind the guard join it."""
    file, body = facts.file, facts.file.tree.body
    behind = body[body.index(guard) + 1 :]
    moved, kept = _sorted(facts, behind)
    if not facts.way or guard.orelse or all(is_banner(s, facts.imports) for s in moved):
        return Rewrite()
    on_one_line = guard.body[0].lineno == guard.lineno
    if on_one_line or _needs(facts, moved, kept) or any(shares_a_line(file, s) for s in moved):
        return Rewrite()
    lines = _Lines(file, moved)
    text = lines.text(indentation(file, guard.body[0]))
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    gap = "\n" if isinstance(moved[0], definitions) else ""
    edits = [insert_behind(file, last_line(guard), f"{gap}{text}"), *lines.removals()]
    return Rewrite(tuple(edits), diagnostics=_notes(facts, moved))


def _merged(facts: Facts, first: ast.If, second: ast.If) -> Rewrite:
    """The first of two guards joins the second, if only definitions stand between them."""
    file, body = facts.file, facts.file.tree.body
    between = body[body.index(first) + 1 : body.index(second)]
    plain = all(is_plain_definition(statement, facts) for statement in between)
    statements = [*first.body, *second.body]
    whole = not any(shares_a_line(file, statement) for statement in statements)
    if first.orelse or second.orelse or not (plain and whole):
        return Rewrite()
    above = max((last_line(s) for s in body if last_line(s) < first.lineno), default=0)
    top, _ = with_comments(file, first, above)
    head, old = first.body[0], indentation(file, first.body[0])
    comments = reindented(file, top, first.lineno - 1, "", indentation(file, second.body[0]))
    start = first.lineno + 1
    if head.lineno < start:
        return Rewrite()
    text = reindented(file, start, last_line(first), old, indentation(file, second.body[0]))
    if top > 1:
        while top - 1 > above and not file.line(top - 1).strip():
            top -= 1
    edits = (
        Edit(file.line_span(top, last_line(first)), ""),
        insert_behind(file, second.lineno, comments + text),
    )
    note = rules.BEHIND_RUN.at(file.place(second), "two main guards become one")
    return Rewrite(edits, diagnostics=(note,))
