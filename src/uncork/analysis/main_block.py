"""The main block: which of its statements the app needs, and which only the terminal does."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from uncork.analysis.greenlets import patched_by
from uncork.analysis.kept_parser import find_kept_parser
from uncork.analysis.overrides import overrides_of
from uncork.analysis.purity import (
    banner_functions,
    exit_status,
    is_banner,
    is_debug_switch,
    is_exit_option,
    is_pure,
    is_pure_assignment,
)
from uncork.analysis.servers import Servers
from uncork.analysis.syntax import dotted, imports_of
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from uncork.analysis.options import CommandLine
    from uncork.analysis.runner import RunnerCall
    from uncork.analysis.scopes import Names
    from uncork.analysis.way import Step
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


# Setup methods of Flask's, which raise once a request was answered (flask.sansio.app.App).
_SETUP = {
    "add_template_filter", "add_template_global", "add_template_test", "add_url_rule",
    "after_request", "before_first_request", "before_request", "context_processor", "delete",
    "errorhandler", "get", "patch", "post", "put", "register_blueprint", "register_error_handler",
    "route", "teardown_appcontext", "teardown_request", "template_filter", "template_global",
    "template_test", "url_defaults", "url_value_preprocessor",
}  # fmt: skip


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
    """A main guard, or a function that it calls, each statement with its role.

    Args:
        guard: the main guard, or the function that is the main block.
        statements: its statements.
        run: the run call.
    """

    guard: ast.If | ast.FunctionDef
    statements: tuple[MainStatement, ...]
    run: RunnerCall

    def of(self, *roles: Role) -> tuple[MainStatement, ...]:
        """The statements with one of these roles, in order."""
        return tuple(statement for statement in self.statements if statement.role in roles)


def classify(
    file: SourceFile,
    step: Step,
    run: RunnerCall,
    command_line: CommandLine | None,
    names: Names,
    hooks: frozenset[str],
) -> MainBlock:
    """Give each statement of a main block the role that its form suggests.

    Args:
        file: the module.
        step: its main block, and the statement of it that runs the app.
        run: the run call.
        command_line: the parser that the block makes, if any.
        names: the module's names.
        hooks: the names of functions that are start-up hooks already.
    """
    imports = imports_of(file.tree)
    guard = step.block
    assert not isinstance(guard, ast.Module)  # noqa: S101 - a script without a guard has no main block
    position = guard.body.index(step.statement)
    servers = Servers(file)
    served = servers.names_of(run, step.statement)
    handover = find_kept_parser(file).handover
    form = _Form(imports, banner_functions(file.tree, imports), command_line, run, hooks, handover)
    found = []
    ended = False
    for number, statement in enumerate(guard.body):
        if number != position and servers.is_of_run(statement, run, served):
            role = Role.RUN if number < position else Role.AFTERWARDS
        elif number < position:
            role = form.before(statement)
        elif number == position:
            role = Role.RUN
        else:
            # What stands behind an exit never ran, and never will.
            role = Role.AFTERWARDS if ended else form.after(statement)
            ended = ended or isinstance(statement, ast.Return)
            ended = ended or exit_status(statement, imports) is not ...
        binds, reads = _names_in(statement, names)
        found.append(MainStatement(statement, role, binds, reads))
    return MainBlock(guard, tuple(_unread(list(_with_reports(found, form)))), run)


def _with_reports(statements: list[MainStatement], form: _Form) -> Iterator[MainStatement]:
    """A line that says what the clean-up came to is part of it: else it would say so before."""
    arguments = form.command_line.arguments if form.command_line else ""
    known = {*dir(builtins), *form.imports, *form.banners, arguments}
    cleans = ended = False
    for statement in statements:
        cleans = cleans or statement.role is Role.CLEAN_UP
        ended = ended or (cleans and exit_status(statement.node, form.imports) is not ...)
        says = statement.role is Role.AFTERWARDS and is_banner(
            statement.node, form.imports, form.banners
        )
        if says and cleans and not ended and statement.reads - known:
            yield replace(statement, role=Role.CLEAN_UP)
        else:
            yield statement


def _unread(statements: list[MainStatement]) -> Iterator[MainStatement]:
    """Imports and definitions behind the run call that no clean-up reads stay: sys for an exit."""
    plain = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    doing = [s for s in statements if s.role is Role.CLEAN_UP and not isinstance(s.node, plain)]
    read = {name for s in doing for name in s.reads}
    while True:
        needed = [s for s in statements if isinstance(s.node, plain) and s.binds & read]
        more = read | {name for s in needed for name in s.reads}
        if more == read:
            break
        read = more
    for statement in statements:
        decorated = getattr(statement.node, "decorator_list", [])
        only_binds = isinstance(statement.node, plain) and not decorated
        if only_binds and statement.role is Role.CLEAN_UP and not statement.binds & read:
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
    handover: ast.stmt | None
    overridden: set[str] = field(default_factory=set)

    def before(self, statement: ast.stmt) -> Role:
        own = self.command_line.statements if self.command_line else ()
        if statement in own:
            return Role.PARSER
        if self._is_hook_call(statement):
            return Role.HOOK
        if self._is_override(statement) or statement is self.handover:
            return Role.OVERRIDE
        arguments = self.command_line.arguments if self.command_line else ""
        banner = is_banner(statement, self.imports, self.banners)
        if banner or is_pure_assignment(statement, self.imports):
            return Role.MAIN_ONLY
        if arguments and is_exit_option(statement, arguments, self.imports):
            return Role.MAIN_ONLY
        if is_debug_switch(statement, self.run.flask):
            return Role.MAIN_ONLY
        if isinstance(statement, ast.Expr) and patched_by(statement.value, self.imports):
            return Role.MAIN_ONLY  # What server the app waits in is the server's matter.
        # `global` at module level binds nothing: it may stay where it is.
        if isinstance(statement, ast.Import | ast.ImportFrom | ast.Global):
            return Role.MAIN_ONLY
        return Role.START_UP

    def after(self, statement: ast.stmt) -> Role:
        if isinstance(statement, ast.Return):
            pure = statement.value is None or is_pure(statement.value, self.imports)
            return Role.AFTERWARDS if pure else Role.CLEAN_UP
        if _registers(statement, self.run.application):
            return Role.AFTERWARDS
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
            case (
                ast.Expr(value=ast.Call(func=ast.Name(id=name), args=[], keywords=[]))
                | ast.Assign(value=ast.Call(func=ast.Name(id=name), args=[], keywords=[]))
            ):
                return name in self.hooks
            case _:
                return False

    def _is_override(self, statement: ast.stmt) -> bool:
        """Whether a statement puts options into app.config, each for the first time."""
        line = self.command_line
        if line is None:
            return False
        dests = overrides_of(statement, self.run.flask, line.arguments).keys()
        known = all(line.option(dest) is not None for dest in dests)
        if not dests or not known or dests & self.overridden:
            return False
        self.overridden.update(dests)
        return True


def _registers(statement: ast.stmt, application: str) -> bool:
    """Whether a statement behind the run call sets the application object up, too late for it."""
    match statement:
        case ast.FunctionDef(decorator_list=[ast.Call(func=func), *_]):
            owner, _, method = dotted(func).rpartition(".")
        case ast.FunctionDef(decorator_list=[decorator, *_]):
            owner, _, method = dotted(decorator).rpartition(".")
        case ast.Expr(value=ast.Call(func=func)):
            owner, _, method = dotted(func).rpartition(".")
        case ast.Assign(targets=[ast.Subscript(value=target)]):
            return bool(application) and dotted(target) == f"{application}.config"
        case _:
            return False
    return bool(application) and owner == application and method in _SETUP


def _names_in(statement: ast.stmt, names: Names) -> tuple[frozenset[str], frozenset[str]]:
    """The module-level names that a statement binds and reads, functions in it included."""
    # By identity and not by position: inside f-strings Python 3.11 and older place nodes wrongly.
    inside = set(walk(statement))
    uses = [use for use in names.uses() if use.node in inside]
    return (
        frozenset(use.name for use in uses if not use.reads),
        frozenset(use.name for use in uses if use.reads),
    )
