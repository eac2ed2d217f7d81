"""What a script's own command line means to the servers that run the migrated app.

`python server.py --limit 3 --port 8000` becomes FLASK_LIMIT=3 in the environment, and
port 8000 for the server. argparse itself does the reading, on a copy of the parser.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from uncork.analysis.options import Kind
from uncork.analysis.settings import find_settings
from uncork.analysis.syntax import dotted, keyword, literal
from uncork.errors import UsageError

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping, Sequence

    from uncork.analysis.facts import Facts
    from uncork.analysis.options import CommandLine, Option

_TYPES = {Kind.TEXT: str, Kind.INTEGER: int, Kind.NUMBER: float}


@dataclass(frozen=True)
class ServerArguments:
    """A script's command line in the terms of a server.

    Args:
        environment: the variables that carry the settings.
        host: the host that the run call would be given, if it can be told.
        port: its port, likewise.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    host: str | None = None
    port: int | None = None


@dataclass(frozen=True)
class Variant:
    """One option with another value, both ways of giving it.

    Args:
        arguments: for the script.
        environment: for the WSGI server.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"the script's command line: {message}", hint="see python SCRIPT --help")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        del status  # whatever it is: this parser must not end uncork
        raise UsageError(
            message or "the script's command line would end it", hint="leave --help out"
        )


def server_arguments(facts: Facts, arguments: Sequence[str]) -> ServerArguments:
    """What a script's command line sets.

    Args:
        facts: of the script, migrated or not.
        arguments: its command line, without the script's name.

    Raises:
        UsageError: the script's parser would refuse it, or there is no parser to read it.
    """
    line = facts.command_line
    if line is None:
        if arguments:
            raise UsageError(
                f"{facts.file.path} reads no options, but was given {arguments[0]}",
                hint="leave out what stands behind --",
            )
        return ServerArguments({}, *_runner(facts, {}))
    given = _parse(line, arguments)
    settings = {setting.option.dest: setting for setting in find_settings(facts).settings}
    environment = {
        settings[dest].variable: _as_text(value)
        for dest, value in given.items()
        if dest in settings
    }
    defaults = {option.dest: option.default for option in line.options}
    return ServerArguments(environment, *_runner(facts, {**defaults, **given}))


def _parse(line: CommandLine, arguments: Sequence[str]) -> dict[str, object]:
    """The options that a command line names, and none of the defaults."""
    parser = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    for option in line.options:
        _add(parser, option)
    return vars(parser.parse_args(list(arguments)))


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    if not option.flags:
        return
    if not option.flags[0].startswith("-"):
        parser.add_argument(option.flags[0])
        return
    if option.kind is Kind.FLAG:
        action = literal(keyword(option.call, "action"))
        parser.add_argument(*option.flags, dest=option.dest, action=str(action))
    else:
        convert = _TYPES.get(option.kind, str) if option.kind else str
        parser.add_argument(*option.flags, dest=option.dest, type=convert)


def _as_text(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _runner(facts: Facts, values: Mapping[str, object]) -> tuple[str | None, int | None]:
    """The host and the port that the run call is given, where that can be told."""
    run = facts.runs[0] if facts.runs else None
    if run is None:
        return None, None
    host = _value(run.host, facts, values)
    port = _value(run.port, facts, values)
    try:
        number = int(str(port)) if port is not None else None
    except ValueError:
        number = None
    return (host if isinstance(host, str) else None), number


def _value(node: ast.expr | None, facts: Facts, values: Mapping[str, object]) -> object:
    if node is None:
        return None
    known = literal(node)
    if known is not ...:
        return known
    owner, _, dest = dotted(node).rpartition(".")
    line = facts.command_line
    return values.get(dest) if line is not None and owner == line.arguments else None


def variants(facts: Facts) -> tuple[Variant, ...]:
    """For each setting a value that is not its default, to prove that it still arrives."""
    found = []
    for setting in find_settings(facts).settings:
        option = setting.option
        flag = max(option.flags, key=len, default="")
        if option.kind is Kind.FLAG:
            value = "0" if literal(keyword(option.call, "action")) == "store_false" else "1"
            found.append(Variant((flag,), {setting.variable: value}))
            continue
        other = _other(option)
        # "-l=4" would be the value "=4".
        joined = f"{flag}={other}" if flag.startswith("--") else f"{flag}{other}"
        found.append(Variant((joined,), {setting.variable: other}))
    return tuple(found)


def _other(option: Option) -> str:
    """A value near the default: an extreme one might be refused for good reasons."""
    if option.kind is Kind.TEXT or option.kind is None:
        return f"{option.default or 'other'}-2"
    base = option.default if isinstance(option.default, int | float) else 0
    return str(base + 1)
