"""Command-line options: what a script's argparse parser declares."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from uncork.analysis.syntax import dotted, full_name, imports_of, keyword, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uncork.source.file import SourceFile


class Kind(Enum):
    """The type of a simple option's value."""

    TEXT = "str"
    INTEGER = "int"
    NUMBER = "float"
    FLAG = "bool"


_SIMPLE_KEYWORDS = {"action", "default", "dest", "help", "metavar", "required", "type"}
_PYTHON_TYPES = {Kind.TEXT: str, Kind.INTEGER: int, Kind.NUMBER: float}


@dataclass(frozen=True)
class Option:
    """One ``add_argument`` call.

    Args:
        dest: the attribute of the parsed arguments that holds its value.
        flags: how the command line spells it; a positional has its name here.
        kind: the type of its value; None where the option is not simple.
        default: its literal default; None where there is none.
        key: the app.config key that its default is read from already, or ''.
        help: its help text, or ''.
        problem: why it is not simple, or ''.
        call: the call.
    """

    dest: str
    flags: tuple[str, ...]
    kind: Kind | None
    default: str | int | float | bool | None
    key: str
    help: str
    problem: str
    call: ast.Call


@dataclass(frozen=True)
class CommandLine:
    """A parser made, filled and used by statements of the main block.

    Args:
        parser: the name that the parser is bound to, or '' where it has none.
        arguments: the name that the parsed arguments are bound to.
        statements: the statements that only make, fill and use the parser.
        parse: the one that parses.
        options: the options in order.
        problem: why the whole parser is not simple, or ''.
    """

    parser: str
    arguments: str
    statements: tuple[ast.stmt, ...]
    parse: ast.stmt
    options: tuple[Option, ...]
    problem: str

    def option(self, dest: str) -> Option | None:
        """The option with a dest, or None."""
        return next((option for option in self.options if option.dest == dest), None)


def find_command_line(
    file: SourceFile, statements: Sequence[ast.stmt], application: str
) -> CommandLine | None:
    """The argparse parser that a run of statements makes, or None.

    Args:
        file: the module they stand in.
        statements: the main block's own statements.
        application: the application object's name, to recognise ``default=app.config["KEY"]``.
    """
    reader = _Reader(file, application)
    for statement in statements:
        if reader.reads(statement):
            return reader.line
    return None


class _Reader:
    """Collects a parser's statements, up to the one that parses."""

    def __init__(self, file: SourceFile, application: str) -> None:
        self._file = file
        self._application = application
        self._imports = imports_of(file.tree)
        self._parser = ""
        # The parser, and groups of it that change only how help looks.
        self._receivers: set[str] = set()
        self._own: list[ast.stmt] = []
        self._options: list[Option] = []
        self._problems: list[str] = []
        self.line: CommandLine | None = None

    def reads(self, statement: ast.stmt) -> bool:
        """Take the next statement in; whether it is the one that parses."""
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                if full_name(call.func, self._imports) == "argparse.ArgumentParser":
                    self._make_parser(name, statement, call)
                elif self._is_of_parser(call, "parse_args"):
                    self._parse(name, statement, call)
                elif self._is_of_parser(call, "add_argument_group"):
                    self._own.append(statement)
                    self._receivers.add(name)
            case ast.Expr(value=ast.Call() as call) if self._is_of_parser(call, "add_argument"):
                self._own.append(statement)
                self._options.append(_option(call, self._application))
            case _:
                pass
        return self.line is not None

    def _is_of_parser(self, call: ast.Call, method: str) -> bool:
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr=attr):
                return attr == method and name in self._receivers
            case _:
                return False

    def _make_parser(self, name: str, statement: ast.stmt, call: ast.Call) -> None:
        if self._parser:
            self._problems.append("there is more than one parser")
        self._parser = name
        self._receivers.add(name)
        self._own.append(statement)
        self._problems += _parser_problems(call)

    def _parse(self, name: str, statement: ast.stmt, call: ast.Call) -> None:
        self._own.append(statement)
        if call.args or call.keywords:
            self._problems.append("parse_args() is given arguments")
        for receiver in sorted(self._receivers):
            self._problems += _foreign_uses(self._file, receiver, self._own)
        self._problems += _repeated(self._options)
        problem = "; ".join(self._problems)
        own, options = tuple(self._own), tuple(self._options)
        self.line = CommandLine(self._parser, name, own, statement, options, problem)


def _parser_problems(call: ast.Call) -> list[str]:
    unusual = {"parents", "fromfile_prefix_chars", "argument_default", "prefix_chars"}
    return [f"the parser is made with {k.arg}=" for k in call.keywords if k.arg in unusual]


def _foreign_uses(file: SourceFile, parser: str, own: list[ast.stmt]) -> list[str]:
    """Uses of the parser outside its own statements: groups, sub-parsers, error()."""
    inside = {node for statement in own for node in ast.walk(statement)}
    return [
        f"the parser is used in line {node.lineno}"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Name) and node.id == parser and node not in inside
    ]


def _repeated(options: list[Option]) -> list[str]:
    seen = [option.dest for option in options]
    return sorted({f"two options share the dest {dest}" for dest in seen if seen.count(dest) > 1})


def _option(call: ast.Call, application: str) -> Option:
    flags = tuple(value for value in map(literal, call.args) if isinstance(value, str))
    dest = literal(keyword(call, "dest"))
    if not isinstance(dest, str):
        dest = _dest(flags)
    help_text = literal(keyword(call, "help"))
    key = _config_key(keyword(call, "default"), application)
    kind, problem = _kind(call, flags)
    default = literal(keyword(call, "default"))
    if default is ...:
        default = False if kind is Kind.FLAG and _action(call) == "store_true" else None
        default = True if kind is Kind.FLAG and _action(call) == "store_false" else default
    if not problem and not key:
        problem = _default_problem(call, kind, default)
    assert default is None or isinstance(default, str | int | float | bool) or problem  # noqa: S101
    return Option(
        dest=dest,
        flags=flags,
        kind=None if problem else kind,
        default=default if isinstance(default, str | int | float | bool) else None,
        key=key,
        help=" ".join(help_text.split()) if isinstance(help_text, str) else "",
        problem=problem,
        call=call,
    )


def _dest(flags: tuple[str, ...]) -> str:
    """The dest as argparse derives it (argparse._get_optional_kwargs)."""
    long = [flag for flag in flags if flag.startswith("--")]
    chosen = (long or list(flags) or [""])[0]
    return chosen.lstrip("-").replace("-", "_") if chosen.startswith("-") else chosen


def _action(call: ast.Call) -> object:
    action = literal(keyword(call, "action"))
    return "store" if action is ... and keyword(call, "action") is None else action


def _kind(call: ast.Call, flags: tuple[str, ...]) -> tuple[Kind | None, str]:
    """The option's kind, or why it has none."""
    strange = [k.arg or "**" for k in call.keywords if k.arg not in _SIMPLE_KEYWORDS]
    if strange:
        return None, f"it uses {strange[0]}="
    if not flags or len(flags) != len(call.args):
        return None, "its flags are no literals"
    if not all(flag.startswith("-") for flag in flags):
        return None, "it is positional"
    if keyword(call, "required") is not None and literal(keyword(call, "required")) is not False:
        return None, "it is required"
    action = _action(call)
    if action in ("store_true", "store_false"):
        return Kind.FLAG, ""
    if action != "store":
        return None, f"its action is {action}"
    given = keyword(call, "type")
    kinds = {"": Kind.TEXT, "str": Kind.TEXT, "int": Kind.INTEGER, "float": Kind.NUMBER}
    name = dotted(given) if given is not None else ""
    if given is not None and not name:
        return None, "its type is a function of its own"
    if name not in kinds:
        return None, "type=bool makes every text true" if name == "bool" else f"its type is {name}"
    return kinds[name], ""


def _default_problem(call: ast.Call, kind: Kind | None, default: object) -> str:
    given = keyword(call, "default")
    if given is not None and literal(given) is ...:
        return "its default is no literal"
    if kind is Kind.FLAG:
        return "" if isinstance(default, bool) else "its default is no bool"
    if kind is Kind.TEXT and default is None:
        return ""
    expected = _PYTHON_TYPES[kind or Kind.TEXT]
    if type(default) is not expected:
        return f"its default {default!r} is no {expected.__name__}"
    return ""


def _config_key(node: ast.expr | None, application: str) -> str:
    """KEY, where the default is ``app.config["KEY"]``."""
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value=str(key))) if (
            dotted(value) == f"{application}.config"
        ):
            return key
        case _:
            return ""
