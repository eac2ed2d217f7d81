"""What is true of every plan. A codemod is not trusted with it: a breach writes nothing.

The result parses; what moved is what stood there before; every global that functions
read is still bound as one; no comment is lost.
"""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections import Counter
from typing import TYPE_CHECKING

from uncork.analysis.main_block import Role
from uncork.analysis.settings import find_settings
from uncork.analysis.syntax import dotted
from uncork.errors import InvariantError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uncork.analysis.facts import Facts
    from uncork.analysis.scopes import Names
    from uncork.source.file import SourceFile

_NEW_IMPORTS = {"import atexit", "import functools", "import os", "import pathlib"}
_BUG = "nothing was written; this is a bug in uncork: please report it with the script"


def check_invariants(before: Facts, after: Facts) -> None:
    """Hold the migrated project against the original.

    Raises:
        InvariantError: a promise is broken.
    """
    for source in after.project.sources():
        if source.content != before.project.contents.get(source.path):
            _compiles(source)
    _comments(before.file, after.file)
    _globals(before.names, after.names)
    _statements(before, after)


def _compiles(source: SourceFile) -> None:
    """Compile, and not parse alone: `global` behind a use is found by the compiler only."""
    try:
        with warnings.catch_warnings():
            # They are about the user's own lines, and Python says them when these run.
            warnings.simplefilter("ignore")
            compile(source.text, str(source.path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise InvariantError(f"{source.path} would not compile: {error}", hint=_BUG) from error


def _comments(before: SourceFile, after: SourceFile) -> None:
    lost = _comment_counts(before) - _comment_counts(after)
    if lost:
        raise InvariantError(f"the comment {next(iter(lost))!r} would be lost", hint=_BUG)


def _comment_counts(source: SourceFile) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def _globals(before: Names, after: Names) -> None:
    """Every global that a function read and the module bound is still bound as one."""
    old = {use.name for use in before.uses() if not use.reads}
    new = {use.name for use in after.uses() if not use.reads}
    read = {use.name for use in after.uses() if use.reads}
    lost = sorted((old & read) - new)
    if lost:
        raise InvariantError(f"{lost[0]} would be read, and bound nowhere", hint=_BUG)


def _statements(before: Facts, after: Facts) -> None:
    """No statement is lost, added or changed, but for what a migration is there to change."""
    lost = Counter(_forms(before)) - Counter(_forms(after))
    added = Counter(_forms(after)) - Counter(_forms(before))
    for form in (*lost, *(form for form in added if form not in _NEW_IMPORTS)):
        raise InvariantError(f"a statement would change: {form.splitlines()[0]}", hint=_BUG)


def _forms(facts: Facts) -> Iterator[str]:
    """Every statement of the module and of its main block in a form that a migration keeps."""
    main = facts.main
    rename = _Normal(facts)
    module = list(facts.file.tree.body)
    if main is not None:
        module.remove(main.guard)
    own = {facts.hook.function} if facts.hook else set()
    registered = list(_registered(facts))
    closers = {name for name in registered if "." not in name}
    for statement in module:
        if statement in own or _is_config_load(statement, facts):
            continue
        if isinstance(statement, ast.FunctionDef) and statement.name in closers:
            yield from _body_forms(statement.body, rename)
            continue
        if isinstance(statement, ast.Import):
            yield from (f"import {ast.unparse(alias)}" for alias in statement.names)
            continue
        yield rename.form(statement)
    if facts.hook:
        body = [s for s in facts.hook.function.body if not _is_registration(s)]
        yield from _body_forms(body, rename)
        yield from (f"{name}()" for name in registered if "." in name)
    if main is None:
        return
    for item in main.statements:
        if item.role is Role.HOOK or _is_update(item.node, facts):
            continue
        yield rename.form(item.node)


def _body_forms(body: Iterable[ast.stmt], rename: _Normal) -> Iterator[str]:
    """The statements of a function that a migration writes, without what only it needs."""
    for number, statement in enumerate(body):
        docstring = (
            number == 0
            and isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
        )
        if not docstring and not isinstance(statement, ast.Global):
            yield rename.form(statement)


def _is_registration(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=func, args=[_], keywords=[])):
            return dotted(func) == "atexit.register"
        case _:
            return False


def _registered(facts: Facts) -> Iterator[str]:
    """What the start-up hook registers with atexit."""
    for statement in facts.hook.function.body if facts.hook else ():
        match statement:
            case ast.Expr(value=ast.Call(args=[argument])) if _is_registration(statement):
                yield dotted(argument)
            case _:
                pass


def _is_config_load(statement: ast.stmt, facts: Facts) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=func)) if facts.application:
            return dotted(func) == f"{facts.application.name}.config.from_pyfile"
        case _:
            return False


def _is_update(statement: ast.stmt, facts: Facts) -> bool:
    """``app.config.update(KEY=args.x)``, where the key is that option's own."""
    match statement:
        case ast.Expr(value=ast.Call(func=func, args=[])) if facts.application:
            return dotted(func) == f"{facts.application.name}.config.update"
        case _:
            return False


class _Normal(ast.NodeTransformer):
    """Brings both ways of reading an option, and of stating its default, into one form."""

    def __init__(self, facts: Facts) -> None:
        self._line = facts.command_line
        self._config = f"{facts.application.name}.config" if facts.application else ""
        settings = find_settings(facts).settings
        self._keys = {setting.option.dest: setting.key for setting in settings}
        self._dests = {key: dest for dest, key in self._keys.items()}

    def form(self, statement: ast.stmt) -> str:
        """The statement's source after normalisation."""
        copied = ast.parse(ast.unparse(statement))
        return ast.unparse(self.visit(copied))

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """``app.config["X"]`` becomes ``args.x``."""
        self.generic_visit(node)
        match node.slice:
            case ast.Constant(value=str(key)) if (
                dotted(node.value) == self._config
                and key in self._dests
                and self._line is not None
                and isinstance(node.ctx, ast.Load)
            ):
                name = ast.Name(self._line.arguments, ast.Load())
                return ast.Attribute(name, self._dests[key], ast.Load())
            case _:
                return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """``add_argument(..., default=...)`` loses its default if it is a setting's."""
        self.generic_visit(node)
        match node.func:
            case ast.Attribute(attr="add_argument"):
                node.keywords = [k for k in node.keywords if not self._is_setting(node, k)]
            case _:
                pass
        return node

    def _is_setting(self, node: ast.Call, keyword: ast.keyword) -> bool:
        """Whether a default belongs to an option that is a setting; its value is config.py's."""
        if keyword.arg != "default" or self._line is None:
            return False
        flags = [ast.unparse(argument) for argument in node.args]
        return any(
            [ast.unparse(argument) for argument in option.call.args] == flags
            for option in self._line.options
            if option.dest in self._keys
        )
