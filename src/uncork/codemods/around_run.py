"""A statement around the run call is taken apart.

Why: a WSGI server does not pass through a try or a with statement around ``app.run()``, so
what these do before and behind it must stand on its own.

What changes: start-up work inside ``try`` comes in front of it. What ``finally``, ``else``
and an ``except KeyboardInterrupt`` do at the end comes behind the run call; handlers that
only say that the app was stopped stay around it. ``with app.app_context():`` keeps the
start-up work, and the run call leaves it; any other context is entered by an
``contextlib.ExitStack``, which is closed behind the run call. Start-up work in the branches
of a condition that chooses between run calls gets a condition of its own.

When it declines: loops; a condition under which the app is not run at all; clean-up in a
handler of other errors; clauses that share a line; comments that would lose their place.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.purity import is_banner, is_pure, is_pure_assignment
from uncork.analysis.syntax import dotted
from uncork.analysis.way import always_runs, tells
from uncork.codemods.base import Rewrite
from uncork.codemods.blocks import new_name
from uncork.source.edit import Edit
from uncork.source.indent import reindented, step_of
from uncork.source.lines import add_imports, first_line, indentation, last_line
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uncork.analysis.facts import Facts
    from uncork.analysis.way import Step
    from uncork.codemods.base import MigrationOptions

ORDER = 2
_LF = "\n"
_INTERRUPTS = {"KeyboardInterrupt", "SystemExit", "BaseException"}
_CONTEXTS = {"app_context", "test_request_context"}


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:  # noqa: ARG001 - a codemod's signature
    """Leave the run call as a statement of its own."""
    if not facts.way or always_runs(facts.way[-1], facts.imports):
        return Rewrite()
    step = facts.way[-1]
    cut = _Cut(facts, step)
    text = cut.text()
    if text is None or cut.loses_comments(text):
        return Rewrite()
    statement = step.statement
    span = facts.file.line_span(statement.lineno, last_line(statement))
    message = f"the {type(statement).__name__.lower()} statement around the run call is taken apart"
    note = rules.BLOCK_TAKEN_APART.at(facts.file.place(statement), message)
    edits = [*add_imports(facts.file, cut.imports), Edit(span, text)]
    return Rewrite(tuple(edits), diagnostics=(note,))


@dataclass(frozen=True)
class _Clause:
    """The statements of one clause of a compound statement.

    Args:
        header: the line of its header's end.
        end: the last line that belongs to it.
        body: its statements.
    """

    header: int
    end: int
    body: Sequence[ast.stmt]


class _Cut:
    """One compound statement around a run call."""

    def __init__(self, facts: Facts, step: Step) -> None:
        self._facts = facts
        self._file = facts.file
        self._statement = step.statement
        self._calls = set(step.calls)
        self._indent = indentation(facts.file, step.statement)
        self.imports: list[str] = []

    def text(self) -> str | None:
        """What the statement becomes; None where that can't be told."""
        match self._statement:
            case ast.Try() as node:
                return self._try(node)
            case ast.With() as node:
                return self._with(node)
            case ast.If() as node:
                return self._if(node)
            case _:
                return None

    def loses_comments(self, text: str) -> bool:
        """Whether a comment of the statement is not in its new text."""
        old = self._lines(self._statement.lineno, last_line(self._statement), self._indent)
        return sum("#" in line for line in old.splitlines()) > sum(
            "#" in line for line in text.splitlines()
        )

    def _try(self, node: ast.Try) -> str | None:
        clauses = self._clauses(node)
        if clauses is None:
            return None
        body, *others = clauses
        place = self._place(node.body)
        if place is None:
            return None
        kept, moved = [], []
        for handler, clause in zip(node.handlers, others, strict=False):
            if all(tells(inner, self._facts.imports) for inner in handler.body):
                kept.append(clause)
            elif _is_interrupt(handler) and handler.name is None:
                moved.append(clause)
            else:
                return None
        ends = others[len(node.handlers) :]
        final = ends[-1:] if node.finalbody else []
        ordered = [*ends[: len(ends) - len(final)], *moved, *final]
        light = all(self._is_light(inner) for inner in node.body[:place])
        # What may stay beside the run call stays inside, if the statement stays around it.
        hoisted = 0 if kept and light else place
        above = self._pieces(body, 0, hoisted).lstrip("\n")
        run = node.body[hoisted : place + 1]
        behind = self._pieces(body, place + 1, len(node.body))
        behind += "".join(self._pieces(clause, 0, len(clause.body)) for clause in ordered)
        if not kept:
            runs = self._pieces_of(body, run, self._indent)
            return f"{above}{runs if above else runs.lstrip(_LF)}{behind}"
        runs = self._pieces_of(body, run, f"{self._indent}{self._step}").lstrip(_LF)
        handlers = "".join(self._lines(c.header, c.end, self._indent, move=False) for c in kept)
        gap = _LF if above else ""
        return f"{above}{gap}{self._indent}try:\n{runs}{handlers}{behind}"

    def _with(self, node: ast.With) -> str | None:
        clauses = self._clauses(node)
        place = self._place(node.body)
        if clauses is None or place is None:
            return None
        body = clauses[0]
        run = self._pieces_of(body, node.body[place : place + 1], self._indent)
        behind = self._pieces(body, place + 1, len(node.body))
        if all(_is_context(item) for item in node.items):
            above = self._pieces(body, 0, place)
            if any(not tells(inner, self._facts.imports) for inner in node.body[place + 1 :]):
                return None
            if all(self._is_light(inner) for inner in node.body[:place]):
                return f"{above.lstrip(_LF)}{run}{behind}"
            header = self._lines(node.lineno, body.header, self._indent, move=False)
            inside = self._lines(
                body.header + 1, last_line(node.body[place - 1]), self._indent, move=False
            )
            return f"{header}{inside}{run}{behind}"
        return self._stack(node, self._pieces(body, 0, place) + run + behind)

    def _stack(self, node: ast.With, inside: str) -> str | None:
        name = new_name(self._facts, "stack", "contexts")
        self.imports = ["contextlib"]
        lines = [f"{self._indent}{name} = contextlib.ExitStack()\n"]
        for item in node.items:
            target = item.optional_vars
            if target is not None and not isinstance(target, ast.Name):
                return None
            entered = self._file.slice(self._file.span(item.context_expr))
            bound = f"{target.id} = " if target else ""
            lines.append(f"{self._indent}{bound}{name}.enter_context({entered})\n")
        return f"{''.join(lines)}{inside}{self._indent}{name}.close()\n"

    def _if(self, node: ast.If) -> str | None:
        """Branches that all run the app: what they do before it gets a condition of its own."""
        clauses = self._clauses(node)
        if clauses is None or len(clauses) != 2 or not is_pure(node.test, self._facts.imports):  # noqa: PLR2004 - if and else
            return None
        fixed = {n.id for n in walk(node.test) if isinstance(n, ast.Name)}
        branches = []
        for clause in clauses:
            place = self._place(clause.body)
            if place is None or place != len(clause.body) - 1:
                return None
            work = clause.body[:place]
            branches.append((clause, [] if all(map(self._is_light, work)) else work))
            if fixed & {
                n.id
                for s in work
                for n in walk(s)
                if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
            }:
                return None
        return self._two_conditions(node, branches)

    def _two_conditions(
        self, node: ast.If, branches: Sequence[tuple[_Clause, Sequence[ast.stmt]]]
    ) -> str | None:
        deeper = self._indent + self._step
        test = self._file.slice(self._file.span(node.test))
        if "\n" in test or any(isinstance(n, ast.Call) for n in walk(node.test)):
            return None
        first, second = ((clause, list(work)) for clause, work in branches)
        text = ""
        if first[1]:
            text += f"{self._indent}if {test}:\n{self._pieces_of(first[0], first[1], deeper)}"
            text += f"{self._indent}else:\n" if second[1] else ""
        elif second[1]:
            plain = isinstance(node.test, ast.Name | ast.Attribute)
            text += f"{self._indent}if not {test if plain else f'({test})'}:\n"
        if second[1]:
            text += self._pieces_of(second[0], second[1], deeper)
        runs = [
            self._pieces_of(clause, clause.body[len(work) :], deeper).lstrip("\n")
            for clause, work in (first, second)
        ]
        return f"{text}{self._indent}if {test}:\n{runs[0]}{self._indent}else:\n{runs[1]}"

    @property
    def _step(self) -> str:
        return step_of(self._file)

    def _is_light(self, statement: ast.stmt) -> bool:
        """Whether a statement may stay beside the run call, since the app does not need it."""
        imports = self._facts.imports
        return (
            isinstance(statement, ast.Import | ast.ImportFrom)
            or is_banner(statement, imports)
            or is_pure_assignment(statement, imports)
        )

    def _place(self, body: Sequence[ast.stmt]) -> int | None:
        """Which statement of a clause runs the app, if it does nothing else."""
        places = [
            number
            for number, statement in enumerate(body)
            if self._calls.intersection(walk(statement))
        ]
        return places[0] if len(places) == 1 else None

    def _clauses(self, node: ast.Try | ast.With | ast.If) -> list[_Clause] | None:
        """The clauses in order, each with the lines that belong to it."""
        bodies: list[Sequence[ast.stmt]] = [node.body]
        bodies += [handler.body for handler in getattr(node, "handlers", [])]
        bodies += [b for b in (getattr(node, "orelse", []), getattr(node, "finalbody", [])) if b]
        headers = [self._header(body) for body in bodies]
        if isinstance(node, ast.If) and self._file.line(headers[-1]).lstrip().startswith("elif"):
            return None
        if any(header == body[0].lineno for header, body in zip(headers, bodies, strict=True)):
            return None
        starts = [self._header_start(header) for header in headers]
        ends = [*(start - 1 for start in starts[1:]), last_line(node)]
        return [
            _Clause(header, end, body)
            for header, end, body in zip(headers, ends, bodies, strict=True)
        ]

    def _header(self, body: Sequence[ast.stmt]) -> int:
        """The line of the colon in front of a clause's first statement."""
        line = first_line(body[0]) - 1
        while not self._file.line(line).strip() or self._file.line(line).lstrip().startswith("#"):
            line -= 1
        return line if ":" in self._file.line(line) else first_line(body[0])

    def _header_start(self, header: int) -> int:
        while not self._file.line(header).startswith(self._indent) or self._file.line(header)[
            len(self._indent) :
        ][:1] in {" ", "\t"}:
            header -= 1
        return header

    def _pieces(self, clause: _Clause, start: int, stop: int) -> str:
        return self._pieces_of(clause, clause.body[start:stop], self._indent)

    def _pieces_of(self, clause: _Clause, statements: Sequence[ast.stmt], indent: str) -> str:
        """The lines of some statements of a clause, with the comments around them."""
        text = ""
        for statement in statements:
            number = clause.body.index(statement)
            first = last_line(clause.body[number - 1]) + 1 if number else clause.header + 1
            last = clause.end if statement is clause.body[-1] else last_line(statement)
            text += self._lines(first, last, indent)
        return text

    def _lines(self, first: int, last: int, indent: str, *, move: bool = True) -> str:
        old = indentation(self._file, self._inner) if move else ""
        return reindented(self._file, first, last, old, indent if move else "")

    @property
    def _inner(self) -> ast.stmt:
        body: list[ast.stmt] = self._statement.body  # type: ignore[attr-defined]  # it is a compound one
        return body[0]


def _is_interrupt(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(dotted(kind) in _INTERRUPTS for kind in kinds)


def _is_context(item: ast.withitem) -> bool:
    match item:
        case ast.withitem(context_expr=ast.Call(func=ast.Attribute(attr=attr)), optional_vars=None):
            return attr in _CONTEXTS
        case _:
            return False
