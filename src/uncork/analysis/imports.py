"""Modules that a migration imports, and names of the script that are in their way."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.scopes import Names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.diagnostics import Diagnostic
    from uncork.source.file import SourceFile


def taken_modules(before: SourceFile, after: SourceFile) -> Iterator[Diagnostic]:
    """Where a file binds the name of a module that its migrated form imports newly.

    Args:
        before: the user's file.
        after: the same file as a migration would leave it.
    """
    new = _plain_imports(after) - _plain_imports(before)
    if not new:
        return
    for use in Names(before.tree).uses():
        node = use.node
        if use.reads or use.name not in new or not hasattr(node, "lineno"):
            continue
        if not (isinstance(node, ast.Import) and use.name in {a.name for a in node.names}):
            message = f"{use.name} is the script's own here, and a migration needs Python's"
            yield rules.MODULE_NAME_TAKEN.at(before.place(node.lineno), message)


def _plain_imports(file: SourceFile) -> set[str]:
    return {
        alias.name
        for statement in file.tree.body
        if isinstance(statement, ast.Import)
        for alias in statement.names
        if alias.asname is None
    }
