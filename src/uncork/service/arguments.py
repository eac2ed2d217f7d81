"""What the script's own command line means for a service: where it listens, and what it is set to.

The script's parser is asked, made again from what the analysis found of it: an option
may be abbreviated or spelled ``--port=80``, and argparse knows (its documentation,
"Argument abbreviations").
"""

from __future__ import annotations

import argparse
import ast
import re
import shlex
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from uncork.analysis.arguments import server_arguments
from uncork.analysis.command_lines import takes_line
from uncork.analysis.kept_parser import VARIABLE
from uncork.analysis.options import Kind
from uncork.analysis.syntax import literal
from uncork.errors import DeclinedError, UsageError
from uncork.serve.options import DEFAULT_HOST, DEFAULT_PORT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uncork.analysis.facts import Facts
    from uncork.analysis.options import CommandLine, Option

_TYPES = {Kind.TEXT: str, Kind.INTEGER: int, Kind.NUMBER: float}
_SECRET_WORDS = {
    "apikey", "credential", "credentials", "passphrase", "passwd", "password", "pw", "secret",
    "token",
}  # fmt: skip
_SECRET_KEYS = re.compile(r"(^|[-_])(api|access|private|secret|encryption)[-_]key$", re.IGNORECASE)
_URL_WITH_PASSWORD = re.compile(r"://[^/\s:@]*:[^@\s/]+@")


@dataclass(frozen=True)
class Meaning:
    """What a command line says about a service.

    Args:
        host: where the script listens, or None if its source does not say so plainly.
        port: the same.
        settings: environment variables that mean the same as the options; of a migrated
            script, else empty.
    """

    host: str | None = None
    port: int | None = None
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class _Parser(argparse.ArgumentParser):
    """Says what is wrong instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(
            f"the script's own options: {message}", hint="look at what stands behind --"
        )


def meaning_of(facts: Facts, arguments: Sequence[str], *, migrated: bool) -> Meaning:
    """What a script's arguments mean.

    Args:
        facts: the script's.
        arguments: what stands behind ``--``.
        migrated: whether the service imports the app, so that nobody reads the arguments
            and each must become a setting.

    Raises:
        UsageError: the script's parser would refuse them, or one of them can't become a
            setting.
    """
    line = facts.command_line
    if migrated and takes_line(facts):
        known = server_arguments(facts, arguments)
        host, port = _address(facts, None, {})
        return Meaning(known.host or host, known.port or port, known.environment)
    if line is None or line.problem:
        if migrated and arguments:
            _no_setting(arguments[0])
        return Meaning(*_address(facts, None, {}))
    given, unknown = _parse(line, arguments)
    host, port = _address(facts, line, given)
    if not migrated:
        return Meaning(host, port)
    if unknown:
        _no_setting(unknown[0])
    address = {_dest_of(expression, line) for expression in _address_expressions(facts)}
    settings: dict[str, str] = {}
    for option in line.options:
        if option.dest not in given or option.dest in address:
            continue
        if not option.key:
            _no_setting(option.flags[0])
        settings[f"FLASK_{option.key}"] = _as_variable(given[option.dest])
    return Meaning(host, port, MappingProxyType(settings))


def refuse_secrets(arguments: Sequence[str]) -> None:
    """See to it that no password stands on a command line, where ``ps`` shows it to everyone.

    Raises:
        DeclinedError: one of the arguments looks like one.
    """
    for argument in arguments:
        name, _, value = argument.partition("=")
        if (name.startswith("-") and is_secret(name)) or _URL_WITH_PASSWORD.search(argument):
            shown = name if value or name.startswith("-") else "an address with a password"
            raise DeclinedError(
                f"{shown} would be read by everyone: a command line shows in ps and in the unit",
                hint="`uncork migrate --write` makes it a setting, kept in a file that only root "
                "can read; or let the script read it from a file",
            )


def is_secret(name: str) -> bool:
    """Whether an option's or a variable's name says that its value is one."""
    parts = set(re.split(r"[-_]", name.lower()))
    return bool(parts & _SECRET_WORDS) or bool(_SECRET_KEYS.search(name.lstrip("-")))


def shown_value(name: str, value: str) -> str:
    """A setting's value for people to see: not if it is secret."""
    hidden = is_secret(name) or bool(_URL_WITH_PASSWORD.search(value))
    if name == VARIABLE:
        words = (word.partition("=")[0] for word in shlex.split(value))
        hidden = hidden or any(word.startswith("-") and is_secret(word) for word in words)
    return "(not shown)" if hidden else value


def _parse(line: CommandLine, arguments: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """The options that were given, by dest, and what the parser does not know."""
    parser = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    for option in line.options:
        if option.kind is not None:
            _add(parser, option)
    namespace, unknown = parser.parse_known_args(list(arguments))
    return vars(namespace), unknown


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    if option.kind is Kind.FLAG:
        action = literal(_keyword(option.call, "action"))
        parser.add_argument(*option.flags, dest=option.dest, action=str(action))
    elif option.kind is not None:
        parser.add_argument(*option.flags, dest=option.dest, type=_TYPES[option.kind])


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _address_expressions(facts: Facts) -> list[ast.expr]:
    if len(facts.runs) != 1:
        return []
    run = facts.runs[0]
    return [expression for expression in (run.host, run.port) if expression is not None]


def _address(
    facts: Facts, line: CommandLine | None, given: Mapping[str, Any]
) -> tuple[str | None, int | None]:
    """Where the script listens; None for what its source does not say plainly."""
    if len(facts.runs) != 1:
        return None, None
    run = facts.runs[0]
    host = DEFAULT_HOST if run.host is None else _value(run.host, line, given)
    port = DEFAULT_PORT if run.port is None else _value(run.port, line, given)
    is_port = isinstance(port, int) and not isinstance(port, bool)
    return (host if isinstance(host, str) else None), (port if is_port else None)


def _value(expression: ast.expr, line: CommandLine | None, given: Mapping[str, Any]) -> Any:
    dest = _dest_of(expression, line)
    if dest in given:
        return given[dest]
    option = line.option(dest) if line is not None else None
    return option.default if option is not None else literal(expression)


def _dest_of(expression: ast.expr, line: CommandLine | None) -> str:
    match expression:
        case ast.Attribute(value=ast.Name(id=name), attr=dest) if line and name == line.arguments:
            return dest
        case _:
            return ""


def _as_variable(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _no_setting(argument: str) -> NoReturn:
    raise UsageError(
        f"{argument} is no setting of this app: nothing reads a command line where it is imported",
        hint="`uncork migrate` makes settings of simple options; serve the script itself otherwise",
    )
