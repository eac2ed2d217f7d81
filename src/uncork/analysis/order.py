"""Statements of the main block that would run before start-up work that they may depend on.

The start-up hook is called behind the options, since it may need them. What stood
between an earlier piece of start-up work and the options' end then comes first:
``load_dotenv()`` in front of a parser whose defaults read the environment, say.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork.analysis.main_block import Role
from uncork.analysis.purity import is_fixed
from uncork.analysis.syntax import dotted, walk_called

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from uncork.analysis.facts import Facts
    from uncork.analysis.main_block import MainBlock, MainStatement


def comes_too_early(
    facts: Facts,
    main: MainBlock,
    moved: Collection[MainStatement],
    early: Collection[MainStatement],
) -> Iterator[MainStatement]:
    """The statements in front of the hook's call that may depend on what moves behind them.

    Args:
        facts: of the script.
        main: its main block.
        moved: the statements that move.
        early: those that stay and come before the call.
    """
    seen_moved = False
    for statement in main.statements:
        if statement in moved:
            seen_moved = True
        elif seen_moved and statement in early and not _stands_anywhere(facts, statement):
            yield statement


def _stands_anywhere(facts: Facts, statement: MainStatement) -> bool:
    module = facts.names.module
    rebound = {use.name for use in facts.names.uses() if use.scope is not module and not use.reads}
    if statement.reads & rebound:
        return False  # a function that start-up work calls may bind it
    if statement.role is Role.PARSER:
        return all(_is_fixed(facts, part) for part in _values(facts, statement.node))
    # What puts options into app.config is looked at with the settings.
    return statement.role is not Role.MAIN_ONLY or _is_fixed(facts, statement.node)


def late_overrides(facts: Facts, main: MainBlock) -> Iterator[MainStatement]:
    """Statements that put an option into app.config behind start-up work that may read it there.

    The hook is called behind all of them, so that work would find another value.
    """
    before: list[MainStatement] = []
    for statement in main.statements:
        if statement.role is Role.START_UP:
            before.append(statement)
        touched = any(_may_touch_config(facts, other.node) for other in before)
        if statement.role is Role.OVERRIDE and touched:
            yield statement


def _is_fixed(facts: Facts, node: ast.AST) -> bool:
    line = facts.command_line
    name = line.arguments if line else ""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        # A banner: what it prints must be fixed, and print() itself is no matter.
        given = [*node.value.args, *(k.value for k in node.value.keywords)]
        return all(is_fixed(part, facts.imports, name, environment=False) for part in given)
    return is_fixed(node, facts.imports, name, environment=False)


def _values(facts: Facts, statement: ast.stmt) -> Iterator[ast.expr]:
    """What a statement of the parser's evaluates beside the parser's own method."""
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.Call):
        return
    line = facts.command_line
    keyed = {option.call for option in line.options if option.key} if line else set()
    for keyword in value.keywords:
        # type= and formatter_class= name something; a setting's default comes from config.py.
        names = isinstance(keyword.value, ast.Attribute)
        if not names and not (keyword.arg == "default" and value in keyed):
            yield keyword.value
    yield from value.args


def _may_touch_config(facts: Facts, node: ast.stmt) -> bool:
    """Whether a statement, or a function of the script that it calls, mentions the app."""
    name = facts.application.name if facts.application else ""
    return any(
        isinstance(inner, ast.Name) and (inner.id == name or _is_own_module(facts, inner))
        for inner in walk_called(node, facts.file.tree)
    )


def _is_own_module(facts: Facts, node: ast.Name) -> bool:
    """Whether a name stands for something that another module of the project defines."""
    module = facts.imports.get(dotted(node), "")
    return module.startswith(".") or module.partition(".")[0] in facts.project.modules
