"""Options and start-up work in front of a call of the main function move into it.

Why: start-up work is told from what only the terminal needs in one block. Where the main
guard parses options and hands them to `main()`, there are two.

What changes: the statements of the main guard move to the head of the function that it
calls, and the function loses its parameters: those that are given another expression than
a name of their own are assigned. A return in start-up work becomes ``sys.exit``, since a
start that is refused must end every server.

When it declines: a function that is called elsewhere, or from another module; a name of
the guard's that the rest of the module reads, or that the function has for itself.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.bindings import imported_by_others
from uncork.analysis.main_block import Role
from uncork.analysis.purity import is_pure
from uncork.analysis.scopes import Names
from uncork.analysis.syntax import dotted, full_name, walk_here
from uncork.analysis.way import parameters_of
from uncork.codemods.base import Rewrite
from uncork.codemods.blocks import last_line_of_header, segments
from uncork.source.edit import Edit, Span
from uncork.source.indent import reindented
from uncork.source.lines import (
    add_imports,
    first_line,
    indentation,
    insert_before,
    last_line,
    shares_a_line,
)
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.analysis.way import Step
    from uncork.codemods.base import MigrationOptions

ORDER = 3


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:  # noqa: ARG001 - a codemod's signature
    """Make the main function the one block that start-up work stands in."""
    if len(facts.way) > 1 and _wants_merging(facts):
        return _merged(facts, facts.way[0], facts.way[1])
    return _exits(facts)


def _wants_merging(facts: Facts) -> bool:
    """Whether work stands in both blocks, or start-up work reads what the function is given."""
    if facts.step is None:
        return True
    main = facts.main
    if main is None or main.guard is not facts.way[1].block:
        return False
    assert isinstance(main.guard, ast.FunctionDef)  # noqa: S101 - only the first block is a guard
    given = parameters_of(main.guard)
    return any(s.reads & given for s in main.of(Role.START_UP, Role.CLEAN_UP))


def _merged(facts: Facts, outer: Step, inner: Step) -> Rewrite:
    """The outer block's statements move to the head of the function that it calls."""
    file, function = facts.file, inner.block
    assert isinstance(function, ast.FunctionDef)  # noqa: S101 - only the first block is a guard
    assert isinstance(outer.block, ast.If)  # noqa: S101 - the first one
    call = outer.calls[0]
    place = outer.block.body.index(outer.statement)
    pushed, behind = outer.block.body[:place], outer.block.body[place + 1 :]
    bound = _assignments(facts, function, call)
    whole = not any(shares_a_line(file, s) for s in [*outer.block.body, *function.body])
    apart = not behind and len(outer.calls) == 1 and isinstance(outer.statement, ast.Expr)
    if bound is None or not (apart and whole) or not _can_move(facts, function, pushed, call):
        return Rewrite()
    indent = indentation(file, function.body[0])
    first = _first_behind_docstring(function)
    if first is None:
        return Rewrite()
    text = ""
    if pushed:
        top = last_line_of_header(file, outer.block) + 1
        text = reindented(file, top, last_line(pushed[-1]), indentation(file, pushed[0]), indent)
    text += "".join(f"{indent}{line}\n" for line in bound)
    arguments = file.span(call)
    opened = file.span(call.func).end
    header = Span(
        file.offset(function.lineno, 0),
        file.line_span(function.lineno, last_line_of_header(file, function)).end,
    )
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    edits = [
        Edit(header, f"def {function.name}(){returns}:\n"),
        insert_before(file, first, text),
        Edit(Span(opened, arguments.end), "()"),
    ]
    if pushed:
        cut = segments(file, outer.block)
        edits.append(Edit(Span(cut[0].span.start, cut[place].span.start), ""))
        gap = cut[place].blank_span
        edits.append(Edit(gap, ""))
    message = f"{function.name}() parses the options now, and does all that the main guard did"
    if not pushed:
        message = f"{function.name}() was given {ast.unparse(call)[len(function.name) :]}"
    note = rules.BLOCK_TAKEN_APART.at(file.place(outer.statement), message)
    return Rewrite(
        tuple(edit for edit in edits if edit.replacement or edit.span.start < edit.span.end),
        diagnostics=(note,),
    )


def _first_behind_docstring(function: ast.FunctionDef) -> int | None:
    """The line in front of which statements join a function's head; None on its header's line."""
    body = function.body
    says = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    line = last_line(body[0]) + 1 if says else first_line(body[0])
    return None if line == function.lineno else line


def _assignments(facts: Facts, function: ast.FunctionDef, call: ast.Call) -> list[str] | None:
    """The lines that bind the parameters as the call does; None where they can't be told."""
    arguments = function.args
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
        return None
    names = [argument.arg for argument in [*arguments.args, *arguments.kwonlyargs]]
    values: dict[str, ast.expr] = {}
    plain = [argument.arg for argument in arguments.args]
    values.update(
        zip(plain[len(plain) - len(arguments.defaults) :], arguments.defaults, strict=True)
    )
    values.update(
        (argument.arg, default)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    )
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    if len(call.args) > len(plain) or any(keyword.arg not in names for keyword in call.keywords):
        return None
    values.update(zip(plain, call.args, strict=False))
    values.update((keyword.arg or "", keyword.value) for keyword in call.keywords)
    if set(values) != set(names):
        return None
    given = {name: value for name, value in values.items() if dotted(value) != name}
    lines = []
    for name in [name for name in names if name in given]:
        value = given[name]
        reads = {node.id for node in walk(value) if isinstance(node, ast.Name)}
        # One assignment after the other: none may read what another has bound.
        if reads & set(given) or not is_pure(value, facts.imports):
            return None
        lines.append(f"{name} = {facts.file.slice(facts.file.span(value))}")
    return lines


def _can_move(
    facts: Facts, function: ast.FunctionDef, pushed: list[ast.stmt], call: ast.Call
) -> bool:
    """Whether the guard's names can be local ones of the function."""
    names = Names(facts.file.tree)
    mentions = [use for use in names.uses(function.name) if use.reads]
    if len(mentions) != 1 or function.name in imported_by_others(facts):
        return False
    inside = {node for statement in pushed for node in walk(statement)}
    own = inside | set(walk(call))
    bound = {use.name for use in names.uses() if use.node in inside and not use.reads}
    if any(use.name in bound and use.node not in own for use in names.uses()):
        return False
    local = {
        use.name
        for use in names.every()
        if use.scope.node is function and names.owner(use) is use.scope
    }
    taken = (local | parameters_of(function)) & bound
    passed = {node.id for node in call.args if isinstance(node, ast.Name)}
    passed |= {k.value.id for k in call.keywords if isinstance(k.value, ast.Name)}
    if taken - (passed & parameters_of(function)):
        return False
    return not any(isinstance(node, ast.Global) for node in inside)


def _exits(facts: Facts) -> Rewrite:
    """A return in start-up work becomes ``sys.exit``, if that is what it comes to."""
    main = facts.main
    if main is None or not isinstance(main.guard, ast.FunctionDef):
        return Rewrite()
    ends = _ends_the_program(facts)
    edits: list[Edit] = []
    for statement in main.of(Role.START_UP):
        for node in walk_here(statement.node):
            if isinstance(node, ast.Return) and ends:
                edits += _exit(facts, node, ends)
    if not edits:
        return Rewrite()
    return Rewrite((*add_imports(facts.file, ["sys"]), *edits))


def _exit(facts: Facts, node: ast.Return, ends: str) -> Iterator[Edit]:
    given = facts.file.slice(facts.file.span(node.value)) if node.value and ends == "exit" else ""
    yield Edit(facts.file.span(node), f"sys.exit({given})")


def _ends_the_program(facts: Facts) -> str:
    """How the program ends when the main function returns: exit, silently, or ''."""
    way = facts.way
    if facts.step is None or facts.step not in way[1:2]:
        return ""
    statement = way[0].statement
    block = way[0].block
    if statement is not block.body[-1] or "sys" in facts.names.module.bound - {"sys"}:
        return ""
    match statement:
        case ast.Expr(value=ast.Call(func=func)) if full_name(func, facts.imports) in {
            "sys.exit",
            "exit",
            "quit",
        }:
            return "exit"
        case ast.Raise(exc=ast.Call(func=func)) if dotted(func) == "SystemExit":
            return "exit"
        case ast.Expr(value=ast.Call()):
            return "silently"
        case _:
            return ""
