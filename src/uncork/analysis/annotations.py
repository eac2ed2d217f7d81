"""Annotations that mean something else, or nothing, once a statement stands in a function."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork.analysis.bindings import targets
from uncork.analysis.purity import is_pure
from uncork.analysis.syntax import walk_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet


def annotation_problems(
    statement: ast.stmt, bound: AbstractSet[str], imports: dict[str, str]
) -> Iterator[str]:
    """Why a statement's annotations can't move into a function.

    A module evaluates them and a function does not; and a name that a function declares
    global can't have one (language reference, section 7.2.2, Annotated assignments).

    Args:
        statement: the statement that moves.
        bound: the names that will be declared global.
        imports: the module's imports.
    """
    for inner in walk_here(statement):
        if not isinstance(inner, ast.AnnAssign):
            continue
        target = ast.unparse(inner.target)
        if isinstance(inner.target, ast.Name) and bound & set(targets(inner.target)):
            yield f"{target} is annotated, and must be global"
        elif not is_pure(inner.annotation, imports):
            yield f"{target}'s annotation does something, and would not be evaluated any more"
