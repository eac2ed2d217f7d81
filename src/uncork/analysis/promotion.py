"""What looks as if main alone needed it, and is start-up work after all."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from uncork.analysis.main_block import MainBlock, MainStatement, Role
from uncork.analysis.purity import is_exit_option, is_fixed, is_pure_assignment
from uncork.analysis.syntax import imported_names
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from uncork.analysis.options import CommandLine
    from uncork.analysis.scopes import Names

_MAINS_OWN = {Role.MAIN_ONLY, Role.RUN, Role.PARSER, Role.AFTERWARDS}


@dataclass(frozen=True)
class Surroundings:
    """What promotion asks about the rest of the project.

    Args:
        names: the script's names.
        imports: its imports.
        command_line: the parser that the block makes, if any.
        modules: the names of the project's own modules and packages.
        dynamic: whether code of the script can reach its names by text.
    """

    names: Names
    imports: dict[str, str]
    command_line: CommandLine | None
    modules: AbstractSet[str]
    dynamic: bool = False

    @property
    def arguments(self) -> str:
        """The name of the parsed arguments, or ''."""
        return self.command_line.arguments if self.command_line else ""


def promote(main: MainBlock, around: Surroundings) -> MainBlock:
    """Give start-up work's role to statements that it, or other code, depends on.

    One promotion can make another necessary, hence the loop.
    """
    outside = _in_functions(around.names)
    statements = list(main.statements)
    if around.dynamic:
        outside |= {name for statement in statements for name in statement.binds}
    while True:
        promoted = [
            replace(statement, role=Role.START_UP)
            if statement.role is Role.MAIN_ONLY
            and _is_start_up(number, statement, statements, outside, around)
            else statement
            for number, statement in enumerate(statements)
        ]
        if promoted == statements:
            return replace(main, statements=tuple(statements))
        statements = promoted


def _is_start_up(
    number: int,
    statement: MainStatement,
    statements: Sequence[MainStatement],
    outside: AbstractSet[str],
    around: Surroundings,
) -> bool:
    node = statement.node
    moving = [n for n, other in enumerate(statements) if other.role is Role.START_UP]
    between = bool(moving) and moving[0] < number < moving[-1]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return _import_is_start_up(statement, statements, outside, around)
    if is_pure_assignment(node, around.imports):
        return bool(statement.binds & _needed(statements, outside)) or (
            between and not _can_wait(number, statements, around)
        )
    # Between two statements that move, an option that exits would come too late, and so
    # would debug mode: no other assignment is left here.
    exits = is_exit_option(node, around.arguments, around.imports)
    return between and (exits or isinstance(node, ast.Assign))


def _import_is_start_up(
    statement: MainStatement,
    statements: Sequence[MainStatement],
    outside: AbstractSet[str],
    around: Surroundings,
) -> bool:
    """The project's own modules, what the app reads, and imports that nobody reads.

    Those are there for what importing them does: they register routes, say.
    """
    named = {name.partition(".")[0] for name in imported_names(statement.node).values()}
    read_by_main = any(
        statement.binds & other.reads for other in statements if other.role in _MAINS_OWN
    )
    # A relative import has an empty head.
    own = bool(named & around.modules) or "" in named
    return own or bool(statement.binds & _needed(statements, outside)) or not read_by_main


def _needed(statements: Sequence[MainStatement], outside: AbstractSet[str]) -> set[str]:
    """The names that the app reads, and those that what moves reads or binds."""
    needed = set(outside)
    for statement in statements:
        if statement.role in {Role.START_UP, Role.CLEAN_UP}:
            needed |= statement.reads | statement.binds
    return needed


def _can_wait(number: int, statements: Sequence[MainStatement], around: Surroundings) -> bool:
    """Whether an assignment means the same behind the start-up work that surrounds it."""
    statement = statements[number]
    later = [other.node for other in statements[number:] if other.role is Role.START_UP]
    environment = not any(_names_environment(node) for node in later)
    bound = {name for other in statements if other.role is Role.START_UP for name in other.binds}
    bound |= {
        use.name
        for use in around.names.uses()
        if use.scope is not around.names.module and not use.reads
    }
    fixed = is_fixed(statement.node, around.imports, around.arguments, environment=environment)
    return fixed and not statement.reads & bound


def _names_environment(node: ast.stmt) -> bool:
    """Whether a statement may set an environment variable: whatever does so names one of these."""
    words = {"environ", "putenv", "load_dotenv"}
    return any(
        getattr(inner, "attr", "") in words or getattr(inner, "id", "") in words
        for inner in walk(node)
    )


def _in_functions(names: Names) -> set[str]:
    """The module-level names that functions and classes of the module read, or bind by global."""
    return {use.name for use in names.uses() if use.scope is not names.module}
