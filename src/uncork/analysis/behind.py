"""Definitions that may stand anywhere: behind the run call, or behind the main guard."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork.analysis.purity import is_pure, is_pure_assignment

if TYPE_CHECKING:
    from uncork.analysis.facts import Facts


def is_plain_definition(statement: ast.stmt, facts: Facts) -> bool:
    """A definition that does nothing but bind a name that nothing else binds.

    No decorator registers it anywhere, and no default calls anything.
    """
    match statement:
        case ast.FunctionDef(decorator_list=[]) | ast.AsyncFunctionDef(decorator_list=[]):
            evaluated: list[ast.AST] = [statement.args]
        case ast.ClassDef(decorator_list=[]):
            evaluated = [*statement.bases, *statement.keywords]
            plain = (_is_plain_member(inner, facts) for inner in statement.body)
            if not all(plain):
                return False
        case _:
            return False
    bindings = [use for use in facts.names.uses(statement.name) if not use.reads]
    return len(bindings) == 1 and all(is_pure(node, facts.imports) for node in evaluated)


def _is_plain_member(statement: ast.stmt, facts: Facts) -> bool:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return not statement.decorator_list and is_pure(statement.args, facts.imports)
    pure = is_pure_assignment(statement, facts.imports)
    return pure or isinstance(statement, ast.Pass | ast.Expr)
