"""Tests for werkzeug's reloader, and what comes of them under a WSGI server.

The reloader runs a script twice: a parent that watches files, and a child, with
WERKZEUG_RUN_MAIN=true, that serves (werkzeug/_reloader.py, restart_with_reloader). A server
has neither, so the variable is unset there, as it is without the reloader.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.analysis.main_block import Role
from uncork.analysis.purity import exit_status
from uncork.analysis.syntax import dotted, full_name, imports_of, literal, walk_here
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.source.file import SourceFile

VARIABLE = "WERKZEUG_RUN_MAIN"
_FUNCTION = "werkzeug.serving.is_running_from_reloader"
_READS = {"os.environ.get", "os.getenv"}


@dataclass(frozen=True)
class ReloaderTest:
    """A place that asks whether the reloader's child runs the script.

    Args:
        source: the file.
        node: what names the variable or the function.
        statement: the if statement whose test that is part of, or None.
        served: whether the body runs under a WSGI server; None where it can't be told.
        in_child: whether it runs in the reloader's child, which is the process that serves.
    """

    source: SourceFile
    node: ast.expr
    statement: ast.If | None
    served: bool | None
    in_child: bool | None

    def is_of_main_only(self, facts: Facts) -> bool:
        """Whether only what main alone needs is around it: a banner, say."""
        main = facts.main
        return main is not None and any(self.node in walk(s.node) for s in main.of(Role.MAIN_ONLY))

    @property
    def leaves(self) -> bool:
        """Whether the body skips what comes behind it."""
        inside = [inner for s in (self.statement.body if self.statement else ()) for inner in
                  walk_here(s)]  # fmt: skip
        kinds = ast.Return | ast.Raise | ast.Continue | ast.Break
        return any(
            isinstance(inner, kinds)
            or (isinstance(inner, ast.stmt) and exit_status(inner, self._imports) is not ...)
            for inner in inside
        )

    @property
    def is_right(self) -> bool:
        """Whether a server does what the test guards, or skips what it skips, as it should."""
        if self.statement is None or self.served is None:
            return False
        if self.leaves or self.statement.orelse:
            return self.served is self.in_child
        return self.served

    @property
    def prefix(self) -> str:
        """What makes the test right for servers when it stands in front, or ''.

        Nothing does where more than the reloader decides.
        """
        decides = self.statement is not None and not self.is_right
        match (self.served, self.in_child):
            case (False, True) if decides:
                return '__name__ != "__main__" or '
            case (True, False) if decides:
                return '__name__ == "__main__" and '
            case _:
                return ""

    @property
    def _imports(self) -> dict[str, str]:
        return imports_of(self.source.tree)


def reloader_tests(facts: Facts) -> Iterator[ReloaderTest]:
    """Every such place, in every file of the app."""
    asking = [s for s in facts.sources if s.mentions("WERKZEUG_RUN_MAIN", "_reloader")]
    sets_debug = bool(asking) and any(
        _sets_debug(node) for source in facts.sources for node in source.nodes
    )
    flask = facts.application.flask if facts.application else ""
    for source in asking:
        imports = imports_of(source.tree)
        tests = {
            inner: node
            for node in source.nodes
            if isinstance(node, ast.If)
            for inner in walk(node.test)
        }
        for node in source.nodes:
            if isinstance(node, ast.expr) and _asks(node, imports):
                statement = tests.get(node)
                served = in_child = None
                if statement is not None:
                    known = _Truth(imports, flask, sets_debug=sets_debug)
                    served = known.of(statement.test, child=False)
                    in_child = known.of(statement.test, child=True)
                yield ReloaderTest(source, node, statement, served, in_child)


def _asks(node: ast.expr, imports: dict[str, str]) -> bool:
    match node:
        case ast.Constant(value="WERKZEUG_RUN_MAIN"):
            return True
        case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
            return full_name(node, imports) == _FUNCTION
        case _:
            return False


def _sets_debug(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="debug", ctx=ast.Store()) | ast.keyword(arg="DEBUG"):
            return True
        case ast.Subscript(slice=ast.Constant(value="DEBUG"), ctx=ast.Store()):
            return True
        case ast.Name(id="DEBUG", ctx=ast.Store()):
            return True
        case _:
            return False


@dataclass(frozen=True)
class _Truth:
    """What a test is, as far as it can be told; None where it can't."""

    imports: dict[str, str]
    flask: str
    sets_debug: bool

    def of(self, test: ast.expr, *, child: bool) -> bool | None:
        """The outcome in the reloader's child, or in a process that has no reloader."""
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self.of(operand, child=child)
                return None if inner is None else not inner
            case ast.BoolOp(op=op, values=values):
                found = [self.of(value, child=child) for value in values]
                decisive = isinstance(op, ast.Or)
                if decisive in found:
                    return decisive
                return None if None in found else not decisive
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compared(left, op, right, child=child)
            case ast.Call(func=func) if full_name(func, self.imports) == _FUNCTION:
                return child
            case _ if self._reads(test):
                return child
            case _ if not self.sets_debug and self._is_debug(test):
                return False
            case _:
                return None

    def _compared(
        self, left: ast.expr, op: ast.cmpop, right: ast.expr, *, child: bool
    ) -> bool | None:
        names = {ast.unparse(left), ast.unparse(right)}
        if names == {"__name__", "'__main__'"}:
            running = child  # In the child the script is the program; a server imports it.
            return running if isinstance(op, ast.Eq) else not running
        if literal(left) == VARIABLE and full_name(right, self.imports) == "os.environ":
            return child if isinstance(op, ast.In) else not child
        if not self._reads(left):
            return None
        value = literal(right)
        match op:
            case ast.Eq() | ast.Is() if isinstance(value, str):
                return child and value == "true"
            case ast.NotEq() | ast.IsNot() if isinstance(value, str):
                return not (child and value == "true")
            case ast.Is() | ast.Eq() if value is None:
                return not child
            case ast.IsNot() | ast.NotEq() if value is None:
                return child
            case _:
                return None

    def _reads(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=func, args=[ast.Constant(value=name), *rest]) if name == VARIABLE:
                plain = full_name(func, self.imports) in _READS
                return plain and all(literal(value) in ("", None, "false") for value in rest)
            case _:
                return False

    def _is_debug(self, node: ast.expr) -> bool:
        match node:
            case ast.Attribute(value=owner, attr="debug"):
                return dotted(owner) in {self.flask, "current_app"}
            case ast.Subscript(value=owner, slice=ast.Constant(value="DEBUG")):
                return dotted(owner) == f"{self.flask}.config"
            case ast.Call(func=func, args=[ast.Constant(value="DEBUG"), *_]):
                return dotted(func) == f"{self.flask}.config.get"
            case _:
                return False
