"""Start-up work moves from the main block to a hook.

Why: a WSGI server imports the module and never runs its main block. What the app needs
and finds there (an object that views read, a table, a thread) must stand in a function
that the entry point calls (https://docs.python.org/3/library/__main__.html).

What changes: the statements move, in order and line by line, into ``init_app()``, which
is cached so that it runs once in each process however often ``create_app()`` is called.
Every name that they bind is declared global, except loop and with targets, imports and
literals that nobody else reads. What main alone needs stays: the parser, banners, an
option that does one thing and exits. ``init_app()`` is called where the first of them
stood, or behind the options if they are parsed later.

When it declines: exec, eval, locals(), globals() and star imports in what would move;
statements that share a line; a name that stays in the main block and is read by what
moves; the other way round before the options are parsed; annotations of global names; a
hook that exists already; a name that another module imports before it is bound.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.annotations import annotation_problems
from uncork.analysis.bindings import dynamic_names, global_names, imported_by_others
from uncork.analysis.factory import factory_alone
from uncork.analysis.hook import DOCSTRING, MAKES
from uncork.analysis.main_block import Role
from uncork.analysis.order import comes_too_early
from uncork.analysis.purity import is_banner
from uncork.analysis.way import parameters_of
from uncork.codemods.base import Rewrite
from uncork.codemods.blocks import Segment, hook_edit, new_name, segments
from uncork.source.edit import Edit, Span
from uncork.source.lines import add_imports, indentation, shares_a_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uncork.analysis.facts import Facts
    from uncork.analysis.main_block import MainBlock, MainStatement
    from uncork.codemods.base import MigrationOptions
    from uncork.diagnostics import Diagnostic
    from uncork.source.file import SourceFile

ORDER = 20


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:  # noqa: ARG001 - a codemod's signature
    """Move start-up work into a hook."""
    main = facts.main
    if main is None or not main.of(Role.START_UP) or factory_alone(facts):
        return Rewrite()
    move = _plan(facts, main)
    declined = tuple(_declined(facts, main, move))
    if declined:
        return Rewrite(diagnostics=declined)
    indent = indentation(facts.file, main.guard.body[0])
    made = facts.made
    plain = ("init_app", "start_app", "set_up_app")
    name = new_name(facts, *(("make_app", "build_app") if made else plain))
    names = _globals(facts, move)
    body = "".join(segment.text for segment in move.segments)
    body = body.removeprefix(move.segments[0].blank_lines)
    header = [f'{indent}"""{MAKES if made else DOCSTRING}"""\n']
    header += [f"{indent}global {', '.join(names)}\n\n"] if names else [""]
    result = f"\n{indent}return {made.name}\n" if made else ""
    text = f"@functools.cache\ndef {name}():\n{''.join(header)}{body}{result}"
    call = f"{made.name} = {name}()" if made else f"{name}()"
    edits = [
        *add_imports(facts.file, ["functools"]),
        hook_edit(facts.file, main.guard, text),
        *_main_edits(move, f"{indent}{call}\n"),
        *_idle_globals(main, move, facts.file),
    ]
    return Rewrite(tuple(edits))


def _globals(facts: Facts, move: _Move) -> list[str]:
    """The names that the hook declares global; not that of an app which it returns."""
    names = global_names(facts, [s.node for s in move.moved])
    module = facts.names.module
    if facts.made and all(use.scope is module for use in facts.names.uses(facts.made.name)):
        names = [name for name in names if name != facts.made.name]
    return names


@dataclass(frozen=True)
class _Move:
    """What moves, and the place of the call in the main block.

    Args:
        moved: the statements.
        segments: their lines with the comments and blank lines above them.
        call_before: the segment of the statement that the call stands in front of.
        call_takes_place: whether that statement is one that moves.
        first_that_stays: the first statement of the main block from now on, if another
            one was it before.
        early: the statements in front of the call that stay.
    """

    moved: tuple[MainStatement, ...]
    segments: tuple[Segment, ...]
    call_before: Segment
    call_takes_place: bool
    first_that_stays: Segment | None
    early: tuple[MainStatement, ...]


def _plan(facts: Facts, main: MainBlock) -> _Move:
    body = list(main.statements)
    start_ups = [n for n, s in enumerate(body) if s.role is Role.START_UP]
    parsers = [n for n, s in enumerate(body) if s.role in {Role.PARSER, Role.OVERRIDE}]
    moving = set(start_ups) | _between(facts, main, start_ups)
    place = start_ups[0]
    if parsers and parsers[-1] > place:
        place = parsers[-1] + 1
    cut = segments(facts.file, main.guard)
    return _Move(
        moved=tuple(body[n] for n in sorted(moving)),
        segments=tuple(cut[n] for n in sorted(moving)),
        call_before=cut[place],
        call_takes_place=place in moving,
        first_that_stays=None if 0 not in moving or place == 0 else cut[_first_without(moving)],
        early=tuple(body[n] for n in range(place) if n not in moving),
    )


def _first_without(numbers: set[int]) -> int:
    return next(number for number in range(len(numbers) + 1) if number not in numbers)


def _between(facts: Facts, main: MainBlock, start_ups: Sequence[int]) -> set[int]:
    """Banners between two statements that move go with them, if they need nothing of main's."""
    body = main.statements
    mains_own = {name for s in body if s.role in {Role.PARSER, Role.MAIN_ONLY} for name in s.binds}
    return {
        number
        for number in range(start_ups[0], start_ups[-1])
        if body[number].role is Role.MAIN_ONLY
        and is_banner(body[number].node, facts.imports)
        and not body[number].reads & mains_own
    }


def _main_edits(move: _Move, call: str) -> Iterator[Edit]:
    for segment in move.segments:
        if segment == move.call_before:
            yield Edit(segment.span, f"{segment.blank_lines}{call}")
        else:
            yield Edit(segment.span, "")
    first = move.first_that_stays
    if first is not None:
        # The blank lines that set it apart would open the main block now.
        yield Edit(first.blank_span, "")
    if not move.call_takes_place:
        start = move.call_before.span.start
        yield Edit(Span(start, start), call)


def _declined(facts: Facts, main: MainBlock, move: _Move) -> Iterator[Diagnostic]:
    file = facts.file
    if facts.hook is not None:
        message = f"{facts.hook.name}() exists, and this statement is not part of it"
        yield rules.HOOK_EXISTS.at(file.place(move.moved[0].node), message)
    bound = set(global_names(facts, [s.node for s in move.moved]))
    mains_own = main.of(Role.PARSER, Role.OVERRIDE, Role.MAIN_ONLY, Role.RUN)
    stays = {name for s in mains_own if s not in move.moved for name in s.binds}
    if isinstance(main.guard, ast.FunctionDef):
        yield from _bound_twice(facts, main, move)
        stays |= parameters_of(main.guard)
    else:
        stays -= {name for s in move.moved for name in s.binds - s.reads}
    for statement in move.moved:
        yield from _declined_statement(facts, statement, stays, bound)
    for statement in comes_too_early(facts, main, move.moved, move.early):
        message = f"`{file.line(statement.node.lineno).strip()}` would come before start-up work"
        yield rules.UNCERTAIN_ORDER.at(file.place(statement.node), message)
    for statement in move.early:
        for name in sorted(statement.reads & bound - stays):
            message = f"{name} is read before the options are parsed, and start-up work binds it"
            yield rules.PARSER_NEEDS_START_UP.at(file.place(statement.node), message)
    for name in sorted(bound & imported_by_others(facts)):
        message = f"another module imports {name}, which start-up work binds"
        yield rules.IMPORTED_BEFORE_START_UP.at(file.place(move.moved[0].node), message)


def _bound_twice(facts: Facts, main: MainBlock, move: _Move) -> Iterator[Diagnostic]:
    """Names that what moves makes global, and what stays in the main function binds as its own."""
    declared = {n for s in main.statements if isinstance(s.node, ast.Global) for n in s.node.names}
    globally = set(global_names(facts, [s.node for s in move.moved])) - declared
    for statement in main.statements:
        if statement in move.moved or statement.role is Role.CLEAN_UP:
            continue
        for name in sorted(statement.binds & globally):
            message = f"{name} is bound here, and by start-up work as a global name"
            yield rules.LOCAL_AND_GLOBAL.at(facts.file.place(statement.node), message)


def _idle_globals(main: MainBlock, move: _Move, file: SourceFile) -> Iterator[Edit]:
    """Take away what `global` statements of a main function name and nothing there binds now."""
    if not isinstance(main.guard, ast.FunctionDef):
        return
    bound = {name for s in main.statements if s not in move.moved for name in s.binds}
    for statement, segment in zip(main.statements, segments(file, main.guard), strict=True):
        node = statement.node
        if not isinstance(node, ast.Global) or statement in move.moved:
            continue
        kept = [name for name in node.names if name in bound]
        if not kept:
            yield Edit(segment.span, "")
        elif kept != node.names:
            yield Edit(file.span(node), f"global {', '.join(kept)}")


def _declined_statement(
    facts: Facts, statement: MainStatement, stays: set[str], bound: set[str]
) -> Iterator[Diagnostic]:
    """Why one statement can't move.

    Args:
        facts: of the script.
        statement: the statement.
        stays: the names that only what stays in the main block binds.
        bound: the names that what moves declares global.
    """
    node, place = statement.node, facts.file.place(statement.node)
    if shares_a_line(facts.file, node):
        yield rules.SHARED_LINE.at(place, "this statement would move, and shares its line")
    if what := dynamic_names(node):
        yield rules.DYNAMIC_NAMES.at(place, f"{what} in start-up work can't be moved")
    for name in sorted(statement.reads & stays):
        message = f"start-up work reads {name}, which the main block alone binds"
        yield rules.MAIN_BLOCK_NAME.at(place, message)
    for message in annotation_problems(node, bound, facts.imports):
        yield rules.ANNOTATED_GLOBAL.at(place, message)
