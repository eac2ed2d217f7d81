"""Command-line options: what a script's argparse parser declares."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import Enum

from uncork.analysis.syntax import dotted, keyword, literal


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
        call: the call that parses: ``parser.parse_args()``, or of a function that does so.
        function: the script's own function that parses; None where the block does it itself.
        others: further names that the parsing statement binds: the leftovers, say.
    """

    parser: str
    arguments: str
    statements: tuple[ast.stmt, ...]
    parse: ast.stmt
    options: tuple[Option, ...]
    problem: str
    call: ast.Call
    function: ast.FunctionDef | None = None
    others: tuple[str, ...] = ()

    def option(self, dest: str) -> Option | None:
        """The option with a dest, or None."""
        return next((option for option in self.options if option.dest == dest), None)


def option_of(call: ast.Call, application: str) -> Option:
    """The option that a call of ``add_argument`` declares.

    Args:
        call: the call.
        application: the application object's name, to recognise ``default=app.config["KEY"]``.
    """
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
