"""The main block: which of its statements the app needs, and which only the terminal does."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from uncork.analysis.overrides import overrides_of
from uncork.analysis.purity import (
    banner_functions,
    exit_status,
    is_banner,
    is_exit_option,
    is_pure,
    is_pure_assignment,
)
from uncork.analysis.syntax import imports_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from uncork.analysis.options import CommandLine
    from uncork.analysis.runner import RunnerCall
    from uncork.analysis.scopes import Names
    from uncork.source.file import SourceFile


class Role(Enum):
    """What a statement of the main block is for."""

    PARSER = "makes, fills or uses the option parser"
    OVERRIDE = "puts options into app.config"
    MAIN_ONLY = "only for the person at the terminal, or for the runner"
    START_UP = "what the app needs and a WSGI server would not run"
    HOOK = "calls the start-up hook"
    RUN = "serves the app"
    CLEAN_UP = "runs when the server has stopped"
    AFTERWARDS = "ends the program, or says that it ended"


@dataclass(frozen=True)
class MainStatement:
    """A statement of the main block.

    Args:
        node: the statement.
        role: what it is for.
        binds: the names that it binds.
        reads: the module-level names that it reads.
    """

    node: ast.stmt
    role: Role
    binds: frozenset[str]
    reads: frozenset[str]


@dataclass(frozen=True)
class MainBlock:
    """A main guard with one run call directly in it, each statement with its role."""

    guard: ast.If
    statements: tuple[MainStatement, ...]
    run: RunnerCall

    def of(self, *roles: Role) -> tuple[MainStatement, ...]:
        """The statements with one of these roles, in order."""
        return tuple(statement for statement in self.statements if statement.role in roles)


def classify(
    file: SourceFile,
    guard: ast.If,
    run: RunnerCall,
    command_line: CommandLine | None,
    names: Names,
    hooks: frozenset[str],
) -> MainBlock:
    """Give each statement of a main block the role that its form suggests.

    Args:
        file: the module.
        guard: its main guard, which holds the run call as a statement of its own.
        run: the run call.
        command_line: the parser that the block makes, if any.
        names: the module's names.
        hooks: the names of functions that are start-up hooks already.
    """
    imports = imports_of(file.tree)
    position = next(
        number
        for number, statement in enumerate(guard.body)
        if isinstance(statement, ast.Expr) and statement.value is run.call
    )
    form = _Form(imports, banner_functions(file.tree, imports), command_line, run, hooks)
    found = []
    ended = False
    for number, statement in enumerate(guard.body):
        if number < position:
            role = form.before(statement)
        elif number == position:
            role = Role.RUN
        else:
            # What stands behind an exit never ran, and never will.
            role = Role.AFTERWARDS if ended else form.after(statement)
            ended = ended or exit_status(statement, imports) is not ...
        binds, reads = _names_in(statement, names)
        found.append(MainStatement(statement, role, binds, reads))
    return MainBlock(guard, tuple(_unread_imports(found)), run)


def _unread_imports(statements: list[MainStatement]) -> Iterator[MainStatement]:
    """An import behind the run call that no clean-up reads serves what stays: sys for an exit."""
    read = {name for s in statements if s.role is Role.CLEAN_UP for name in s.reads}
    for statement in statements:
        is_import = isinstance(statement.node, ast.Import | ast.ImportFrom)
        if is_import and statement.role is Role.CLEAN_UP and not statement.binds & read:
            yield replace(statement, role=Role.AFTERWARDS)
        else:
            yield statement


@dataclass(frozen=True)
class _Form:
    """The role that a statement has by its form alone, asked in source order."""

    imports: dict[str, str]
    banners: AbstractSet[str]
    command_line: CommandLine | None
    run: RunnerCall
    hooks: frozenset[str]
    overridden: set[str] = field(default_factory=set)

    def before(self, statement: ast.stmt) -> Role:
        own = self.command_line.statements if self.command_line else ()
        if statement in own:
            return Role.PARSER
        if self._is_hook_call(statement):
            return Role.HOOK
        if self._is_override(statement):
            return Role.OVERRIDE
        arguments = self.command_line.arguments if self.command_line else ""
        banner = is_banner(statement, self.imports, self.banners)
        if banner or is_pure_assignment(statement, self.imports):
            return Role.MAIN_ONLY
        if arguments and is_exit_option(statement, arguments, self.imports):
            return Role.MAIN_ONLY
        # `global` at module level binds nothing: it may stay where it is.
        if isinstance(statement, ast.Import | ast.ImportFrom | ast.Global):
            return Role.MAIN_ONLY
        return Role.START_UP

    def after(self, statement: ast.stmt) -> Role:
        ends = exit_status(statement, self.imports) is not ... and self._says_nothing(statement)
        if is_banner(statement, self.imports, self.banners) or ends:
            return Role.AFTERWARDS
        return Role.CLEAN_UP

    def _says_nothing(self, statement: ast.stmt) -> bool:
        """Whether ``sys.exit(...)`` does no more than exit: its argument may be a call."""
        match statement:
            case ast.Expr(value=ast.Call(args=given)) | ast.Raise(exc=ast.Call(args=given)):
                return all(is_pure(argument, self.imports) for argument in given)
            case _:
                return True

    def _is_hook_call(self, statement: ast.stmt) -> bool:
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Name(id=name), args=[], keywords=[])):
                return name in self.hooks
            case _:
                return False

    def _is_override(self, statement: ast.stmt) -> bool:
        """Whether a statement puts options into app.config, each for the first time."""
        line = self.command_line
        if line is None:
            return False
        dests = overrides_of(statement, self.run.application, line.arguments).keys()
        known = all(line.option(dest) is not None for dest in dests)
        if not dests or not known or dests & self.overridden:
            return False
        self.overridden.update(dests)
        return True


def _names_in(statement: ast.stmt, names: Names) -> tuple[frozenset[str], frozenset[str]]:
    """The module-level names that a statement binds and reads, functions in it included."""
    # By identity and not by position: inside f-strings Python 3.11 and older place nodes wrongly.
    inside = set(ast.walk(statement))
    uses = [use for use in names.uses() if use.node in inside]
    return (
        frozenset(use.name for use in uses if not use.reads),
        frozenset(use.name for use in uses if use.reads),
    )
