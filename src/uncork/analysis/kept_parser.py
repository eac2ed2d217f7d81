"""What a migration leaves of a parser that it keeps: how a migrated script reads its options.

As a script it parses ``sys.argv``; imported by a WSGI server, the command line that is
in FLASK_ARGS.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.analysis.parse_calls import PARSE_METHODS, given_line
from uncork.analysis.purity import exit_status
from uncork.analysis.syntax import dotted, full_name, is_main_guard, literal, walk_called
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.source.file import SourceFile

VARIABLE = "FLASK_ARGS"
"""The environment variable that holds a migrated script's command line."""
PARSER_DOCSTRING = "The parser of the script's options."
LINE_DOCSTRING = f"The script's own command line, or {VARIABLE} where a server imports it."


@dataclass(frozen=True)
class KeptParser:
    """How a migrated script gets at its command line; each is None or '' where it does not.

    Args:
        key: the key of app.config that holds it.
        handover: the main block's statement that puts ``sys.argv[1:]`` there.
        maker: the function that a migration made of the parser's statements.
        reader: ``command_line()``, which code that runs on import uses.
    """

    key: str = ""
    handover: ast.stmt | None = None
    maker: ast.FunctionDef | None = None
    reader: ast.FunctionDef | None = None

    @property
    def whole(self) -> bool:
        """Whether `reader` returns the script's name as well, as sys.argv does."""
        return self.reader is not None and any(
            isinstance(node, ast.Return) and ast.unparse(node) == "return sys.argv"
            for node in walk(self.reader)
        )

    @property
    def is_there(self) -> bool:
        """Whether the script takes a command line from the environment."""
        return bool(self.key) or self.reader is not None

    def maker_returns(self) -> str:
        """The name of the parser in `maker`."""
        last = self.maker.body[-1] if self.maker else None
        return dotted(last.value) if isinstance(last, ast.Return) and last.value else ""


def find_kept_parser(file: SourceFile) -> KeptParser:
    """What a migrated script has of all this."""
    functions = [s for s in file.tree.body if isinstance(s, ast.FunctionDef)]
    by_docstring = {ast.get_docstring(function): function for function in functions}
    key, handover = "", None
    for statement in file.tree.body:
        if not isinstance(statement, ast.If | ast.FunctionDef):
            continue
        for inner in statement.body:
            found = handover_key(inner)
            if found and _is_given(file.tree, found):
                key, handover = found, inner
    return KeptParser(
        key, handover, by_docstring.get(PARSER_DOCSTRING), by_docstring.get(LINE_DOCSTRING)
    )


def handover_key(statement: ast.stmt) -> str:
    """KEY, where a statement is ``app.config["KEY"] = sys.argv[1:]``, else ''."""
    match statement:
        case ast.Assign(
            targets=[ast.Subscript(value=owner, slice=ast.Constant(value=str(key)))], value=value
        ) if dotted(owner).endswith(".config") and ast.unparse(value) == "sys.argv[1:]":
            return key
        case _:
            return ""


def _is_given(tree: ast.Module, key: str) -> bool:
    """Whether a call is given ``app.config["KEY"]``, so that the key is a command line."""
    return any(
        isinstance(value, ast.Subscript)
        and literal(value.slice) == key
        and dotted(value.value).endswith(".config")
        for node in walk(tree)
        if isinstance(node, ast.Call)
        for value in [*node.args, *(k.value for k in node.keywords)]
    )


def refuses_on_import(facts: Facts) -> bool:
    """Whether importing the script reads a command line that it may refuse."""
    return facts.kept_parser.reader is not None and any(
        _may_refuse(inner, facts.imports)
        for statement in facts.file.tree.body
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
        and not is_main_guard(statement)
        for inner in walk_called(statement, facts.file.tree)
    )


def refuses_in_hook(facts: Facts) -> bool:
    """Whether the start-up hook reads a command line that it may refuse."""
    return (
        facts.kept_parser.is_there
        and facts.hook is not None
        and any(
            _may_refuse(inner, facts.imports)
            for inner in walk_called(facts.hook.function, facts.file.tree)
        )
    )


def _may_refuse(node: ast.AST, imports: dict[str, str]) -> bool:
    if isinstance(node, ast.stmt):
        return exit_status(node, imports) is not ...
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in PARSE_METHODS
    )


class Neutral(ast.NodeTransformer):
    """Brings every way of reading the command line, migrated or not, into one form."""

    def __init__(self, facts: Facts) -> None:
        self._kept = facts.kept_parser
        self._imports = facts.imports
        self._config = f"{facts.application.flask}.config" if facts.application else ""
        self._script = facts.file.path.name

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A parameter that only takes a command line for parse_args() goes."""
        taken = {
            given.id
            for inner in ast.walk(node)
            if isinstance(inner, ast.Call)
            and isinstance(inner.func, ast.Attribute)
            and inner.func.attr in PARSE_METHODS
            and isinstance(given := given_line(inner), ast.Name)
        }
        last = node.args.args[-1] if node.args.args else None
        default = node.args.defaults[-1] if node.args.defaults else None
        if last and last.arg in taken and isinstance(default, ast.Constant):
            uses = [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == last.arg]
            if default.value is None and len(uses) == 1:
                node.args.args.pop()
                node.args.defaults.pop()
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Call) and given_line(inner) is uses[0]:
                        inner.args = []
                        inner.keywords = [k for k in inner.keywords if k.arg != "args"]
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """``argv`` of ``from sys import argv`` is ``sys.argv``."""
        is_argv = isinstance(node.ctx, ast.Load) and full_name(node, self._imports) == "sys.argv"
        return _argv() if is_argv else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Calls that parse lose what they are given; those that make a parser lose its prog."""
        self.generic_visit(node)
        name = dotted(node.func)
        if self._kept.reader is not None and name == self._kept.reader.name:
            whole = _argv()
            return whole if self._kept.whole else _behind_the_name(whole)
        if self._kept.maker is not None and name == self._kept.maker.name:
            return ast.Name(self._kept.maker_returns(), ast.Load())
        node.args = [a for a in node.args if not self._is_line(a, node)]
        node.keywords = [
            k for k in node.keywords if not self._is_line(k.value, node) and not self._is_prog(k)
        ]
        return node

    def _is_line(self, node: ast.expr, call: ast.Call) -> bool:
        text = ast.unparse(node)
        parses = isinstance(call.func, ast.Attribute) and call.func.attr in PARSE_METHODS
        if parses and text in ("None", "sys.argv[1:]"):
            return True
        return bool(self._kept.key) and text == f"{self._config}['{self._kept.key}']"

    def _is_prog(self, keyword: ast.keyword) -> bool:
        value = keyword.value
        return (
            keyword.arg == "prog"
            and isinstance(value, ast.Constant)
            and value.value == self._script
        )


def _argv() -> ast.Attribute:
    return ast.Attribute(ast.Name("sys", ast.Load()), "argv", ast.Load())


def _behind_the_name(whole: ast.expr) -> ast.Subscript:
    return ast.Subscript(whole, ast.Slice(ast.Constant(1)), ast.Load())


def is_made_by(statement: ast.stmt, maker: ast.FunctionDef | None) -> bool:
    """Whether a statement is ``parser = make_parser()``, which stands for the maker's own lines."""
    match statement:
        case ast.Assign(value=ast.Call(func=ast.Name(id=name), args=[], keywords=[])):
            return maker is not None and name == maker.name
        case _:
            return False


def lines_of(facts: Facts) -> Iterator[ast.stmt]:
    """The statements that a migration moved into the function that makes the parser."""
    kept = facts.kept_parser
    if kept.maker is not None:
        yield from kept.maker.body[1:-1]
