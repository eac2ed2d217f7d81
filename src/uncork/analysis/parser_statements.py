"""The statements of a main block that make, fill and use an option parser."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from uncork.analysis.bindings import targets
from uncork.analysis.options import CommandLine, Option, option_of
from uncork.analysis.parse_calls import PARSE_METHODS, makes_parser, parsing_function
from uncork.analysis.purity import is_pure_assignment
from uncork.analysis.syntax import dotted, full_name, imported_names, imports_of, walk_here
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uncork.source.file import SourceFile

_PARTS = {
    "OptionGroup",
    "add_argument_group",
    "add_mutually_exclusive_group",
    "add_option_group",
    "add_parser",
    "add_subparsers",
}


def find_command_line(
    file: SourceFile, statements: Sequence[ast.stmt], application: str
) -> CommandLine | None:
    """The parser that a run of statements makes and uses, or None.

    Args:
        file: the module they stand in.
        statements: the main block's own statements.
        application: the application object's name, to recognise ``default=app.config["KEY"]``.
    """
    reader = _Reader(file, application)
    for number, statement in enumerate(statements):
        if reader.reads(statement):
            assert reader.line is not None  # noqa: S101 - that is what it says
            return _with_helpers(file, reader.line, statements[:number])
    return None


def _with_helpers(file: SourceFile, line: CommandLine, earlier: Sequence[ast.stmt]) -> CommandLine:
    """The parser with what stands in front of it for its sake alone: a type function, an import."""
    imports = imports_of(file.tree)
    own = list(line.statements)
    for statement in reversed(earlier):
        helps = isinstance(statement, ast.FunctionDef | ast.Import | ast.ImportFrom)
        if statement in own or not (helps or is_pure_assignment(statement, imports)):
            continue
        inside = {node for s in [*own, statement] for node in walk(s)}
        names = _bound(statement)
        uses = [n for n in file.nodes if isinstance(n, ast.Name) and n.id in names]
        read = [node for node in uses if isinstance(node.ctx, ast.Load)]
        if read and all(node in inside for node in uses):
            own.append(statement)
    return replace(line, statements=tuple(sorted(own, key=lambda s: s.lineno)))


def _bound(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return set(imported_names(statement))
    return {
        node.id
        for node in walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


@dataclass(frozen=True)
class _Parse:
    """A statement that parses: the call, and the names that take the result."""

    call: ast.Call
    names: tuple[str, ...]
    is_plain: bool


class _Reader:
    """Collects a parser's statements, up to the one that parses."""

    def __init__(self, file: SourceFile, application: str) -> None:
        self._file = file
        self._application = application
        self._imports = imports_of(file.tree)
        self._parser = ""
        # The parser, and groups of it that change only how help looks.
        self._plain: set[str] = set()
        # These, and parts that mean more: sub-parsers, groups of which one is chosen.
        self._receivers: set[str] = set()
        self._own: list[ast.stmt] = []
        self._options: list[Option] = []
        self._problems: list[str] = []
        self.line: CommandLine | None = None

    def reads(self, statement: ast.stmt) -> bool:
        """Take the next statement in; whether it is the one that parses."""
        parse = self._parse_of(statement)
        if parse is not None:
            self._parse(statement, parse)
        elif made := _made_parser(statement, self._file.tree, self._imports):
            self._make_parser(*made, statement)
        elif self._receivers & _names(statement) and _only_builds(statement, self._imports):
            self._fill(statement)
        return self.line is not None

    def _parse_of(self, statement: ast.stmt) -> _Parse | None:
        value = getattr(statement, "value", None)
        if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr) or value is None:
            return None
        assigned = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
        names = tuple(name for target in assigned if target for name in targets(target))
        for node in walk_here(value):
            if isinstance(node, ast.Call) and self._parses(node, bool(names)):
                plain = node is value and isinstance(statement, ast.Assign) and len(names) == 1
                return _Parse(node, names, plain and isinstance(assigned[0], ast.Name))
        return None

    def _parses(self, call: ast.Call, is_kept: bool) -> bool:
        if parsing_function(call, self._file.tree, self._imports) is not None:
            return is_kept and not self._receivers
        match call.func:
            case ast.Attribute(value=owner, attr=attr) if attr in PARSE_METHODS:
                named = isinstance(owner, ast.Name) and owner.id in self._receivers
                made = isinstance(owner, ast.Call) and makes_parser(
                    owner, self._file.tree, self._imports
                )
                return (named or made) and not _is_given(call)
            case _:
                return False

    def _make_parser(self, name: str, call: ast.Call, statement: ast.stmt) -> None:
        if self._parser:
            self._problems.append("there is more than one parser")
        self._parser = name
        self._plain.add(name)
        self._receivers.add(name)
        self._own.append(statement)
        self._problems += _parser_problems(call, self._imports)

    def _fill(self, statement: ast.stmt) -> None:
        self._own.append(statement)
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if (
                self._is_of_parser(call, "add_argument_group")
            ):
                self._plain.add(name)
                self._receivers.add(name)
                return
            case ast.Expr(value=ast.Call() as call) if self._is_of_parser(call, "add_argument"):
                self._options.append(option_of(call, self._application))
                return
            case _:
                pass
        self._receivers |= {name for inner in walk(statement) for name in _parts(inner)}
        self._problems.append(f"line {statement.lineno} does more than declare a single option")

    def _is_of_parser(self, call: ast.Call, method: str) -> bool:
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr=attr):
                return attr == method and name in self._plain
            case _:
                return False

    def _parse(self, statement: ast.stmt, parse: _Parse) -> None:
        self._own.append(statement)
        function = parsing_function(parse.call, self._file.tree, self._imports)
        method = dotted(parse.call.func).rpartition(".")[2]
        if function is not None:
            self._problems.append(f"the options are parsed by {function.name}()")
            self._read_function(function)
        elif method != "parse_args" or not parse.is_plain:
            # Not the whole statement: Python 3.10 writes a target of several in parentheses.
            parsed = ast.unparse(getattr(statement, "value", parse.call))
            self._problems.append(f"`{parsed}` is no plain parse_args()")
        elif not self._parser:
            self._problems.append("the parser is made by a function")
        elif parse.call.args or parse.call.keywords:
            self._problems.append("parse_args() is given arguments")
        for receiver in sorted(self._receivers):
            self._problems += _foreign_uses(self._file, receiver, self._own)
        self._problems += _repeated(self._options)
        self.line = CommandLine(
            parser=self._parser,
            arguments=parse.names[0] if parse.names else "",
            statements=tuple(self._own),
            parse=statement,
            options=tuple(self._options),
            problem="; ".join(self._problems),
            call=parse.call,
            function=function,
            others=parse.names[1:],
        )

    def _read_function(self, function: ast.FunctionDef) -> None:
        self._options += options_in(function, self._application)


def options_in(code: ast.AST, application: str = "") -> list[Option]:
    """The options that a function, or a module, declares, wherever in it.

    Args:
        code: its tree.
        application: the application object's name.
    """
    return [
        option_of(node, application)
        for node in walk(code)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "add_argument"
    ]


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in walk(node) if isinstance(inner, ast.Name)}


def _is_given(call: ast.Call) -> bool:
    """Whether a call of parse_args() is given another command line than the program's own."""
    given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "args")]
    return bool(given) and not is_own_line(given[0])


def is_own_line(node: ast.expr) -> bool:
    """Whether an argument of parse_args() means the program's own command line."""
    text = ast.unparse(node)
    return text in ("None", "sys.argv[1:]", "argv[1:]")


def _made_parser(
    statement: ast.stmt, tree: ast.Module, imports: dict[str, str]
) -> tuple[str, ast.Call] | None:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if makes_parser(
            call, tree, imports
        ):
            return name, call
        case _:
            return None


def _only_builds(statement: ast.stmt, imports: dict[str, str]) -> bool:
    """Whether a statement that mentions the parser asks for nothing of the command line yet."""
    ends = {"error", "exit", "print_help", "print_usage", "format_help", "format_usage"}
    return not any(
        (isinstance(node, ast.Attribute) and (node.attr in ends | PARSE_METHODS))
        or (isinstance(node, ast.expr) and full_name(node, imports) == "sys.argv")
        for node in walk(statement)
    ) and isinstance(
        statement, ast.Assign | ast.AnnAssign | ast.Expr | ast.For | ast.If | ast.With | ast.Try
    )


def _parts(node: ast.AST) -> Iterator[str]:
    """The names that take what a method of the parser returns."""
    match node:
        case ast.Assign(targets=assigned, value=ast.Call(func=func)) if (
            func.attr if isinstance(func, ast.Attribute) else dotted(func)
        ) in _PARTS:
            yield from (name for target in assigned for name in targets(target))
        case _:
            pass


def _parser_problems(call: ast.Call, imports: dict[str, str]) -> list[str]:
    if full_name(call.func, imports) != "argparse.ArgumentParser":
        return [f"the parser is made by {ast.unparse(call.func)}()"]
    unusual = {"parents", "fromfile_prefix_chars", "argument_default", "prefix_chars"}
    return [f"the parser is made with {k.arg}=" for k in call.keywords if k.arg in unusual]


def _foreign_uses(file: SourceFile, parser: str, own: list[ast.stmt]) -> list[str]:
    """Uses of the parser outside its own statements: error(), print_help()."""
    inside = {node for statement in own for node in walk(statement)}
    return [
        f"the parser is used in line {node.lineno}"
        for node in file.nodes
        if isinstance(node, ast.Name) and node.id == parser and node not in inside
    ]


def _repeated(options: list[Option]) -> list[str]:
    seen = [option.dest for option in options]
    return sorted({f"two options share the dest {dest}" for dest in seen if seen.count(dest) > 1})
