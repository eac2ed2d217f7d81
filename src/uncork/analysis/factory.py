"""Application factories that an entry point can call by itself, without a start-up hook."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.analysis.application import FLASK
from uncork.analysis.bindings import imported_by_others
from uncork.analysis.main_block import Role
from uncork.analysis.syntax import full_name, literal
from uncork.source.walk import walk

if TYPE_CHECKING:
    from uncork.analysis.facts import Facts


@dataclass(frozen=True)
class Factory:
    """The call of an application factory.

    Args:
        call: the call as it is written.
        names: the script's names that it reads.
    """

    call: str
    names: tuple[str, ...]


def factory_alone(facts: Facts) -> Factory | None:
    """The factory's call, if the app needs nothing but it.

    That is so where the main block holds no other start-up work, no function reads the
    name that it binds the app to, and the factory is given literals or names of the module.
    """
    main, made = facts.main, facts.made
    if main is None or made is None or not facts.file.path.stem.isidentifier():
        return None
    work = main.of(Role.START_UP, Role.CLEAN_UP)
    call = getattr(made.statement, "value", None)
    alone = len(work) == 1 and work[0].node is made.statement
    if not alone or not isinstance(call, ast.Call) or full_name(call.func, facts.imports) in FLASK:
        return None
    module = facts.names.module
    read = any(use.scope is not module for use in facts.names.uses(made.name))
    if read or made.name in imported_by_others(facts):
        return None
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if not all(isinstance(node, ast.Name) or literal(node) is not ... for node in given):
        return None
    names = {node.id for node in walk(call) if isinstance(node, ast.Name)}
    inside = {node for item in main.statements for node in walk(item.node)}
    local = {use.name for use in facts.names.uses() if not use.reads and use.node in inside}
    if names & local:
        return None
    return Factory(facts.file.slice(facts.file.span(call)), tuple(sorted(names & module.bound)))
