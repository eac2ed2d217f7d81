"""What a script's own command line means to the servers that run the migrated app.

`python server.py --limit 3 --port 8000` becomes FLASK_LIMIT=3 in the environment, and
port 8000 for the server. argparse itself does the reading, on a copy of the parser.
Where the script's own parser is kept, the whole line becomes FLASK_ARGS.
"""

from __future__ import annotations

import argparse
import ast
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from uncork.analysis.command_lines import keeps_line
from uncork.analysis.kept_parser import VARIABLE
from uncork.analysis.options import Kind
from uncork.analysis.parse_calls import PARSE_METHODS
from uncork.analysis.parser_statements import options_in
from uncork.analysis.settings import find_settings
from uncork.analysis.syntax import dotted, keyword, literal
from uncork.errors import UsageError
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
    if keeps_line(facts):
        environment = {VARIABLE: shlex.join(arguments)} if arguments else {}
        return ServerArguments(environment, *_runner(facts, _recognised(facts, arguments)))
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


def _recognised(facts: Facts, arguments: Sequence[str]) -> dict[str, object]:
    """The values of the options that can be told, the defaults among them.

    The parser itself may do what only the script can; what is not known of it is left out.
    """
    parser = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    known: dict[str, object] = {}
    for option in _options(facts):
        if option.flags and all(flag.startswith("-") for flag in option.flags):
            known[option.dest] = option.default
            try:
                _add(parser, option)
            except argparse.ArgumentError:
                continue  # two parsers may have it
    try:
        given, _ = parser.parse_known_args(list(arguments))
    except UsageError:
        return known
    return {**known, **vars(given)}


def _options(facts: Facts) -> list[Option]:
    """The options that any parser of the script declares."""
    application = facts.application.flask if facts.application else ""
    return options_in(facts.file.tree, application)


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    if not option.flags:
        return
    shape = _shape(option)
    if not option.flags[0].startswith("-"):
        parser.add_argument(option.flags[0], **shape)
        return
    if shape.get("action", "store") in {"store", "append", "extend"}:
        shape["type"] = _TYPES.get(option.kind, str) if option.kind else str
    parser.add_argument(*option.flags, dest=option.dest, **shape)


def _shape(option: Option) -> dict[str, Any]:
    """What decides how many words of a command line belong to an option."""
    found: dict[str, Any] = {}
    for name in ("action", "nargs", "const"):
        given = keyword(option.call, name)
        value = literal(given)
        if isinstance(value, str | int):
            found[name] = value
        elif given is not None and dotted(given).endswith("BooleanOptionalAction"):
            found[name] = argparse.BooleanOptionalAction
    if found.get("action") in {"append_const", "store_const"}:
        found.setdefault("const", None)
    return found


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
    names = {line.arguments} if line is not None else _parsed_names(facts)
    return values.get(dest) if owner in names else None


def _parsed_names(facts: Facts) -> set[str]:
    """The names that the script gives to what a parser returns."""
    found: set[str] = set()
    for node in facts.file.nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=func, args=given)):
                parses = isinstance(func, ast.Attribute) and func.attr in PARSE_METHODS
                keyed = any("config" in ast.unparse(value) for value in given)
                found |= {name} if parses or keyed else set()
            case _:
                pass
    return found


def variants(facts: Facts, arguments: Sequence[str] = ()) -> tuple[Variant, ...]:
    """For each setting a value that is not its default, to prove that it still arrives.

    Args:
        facts: of the script, migrated or not.
        arguments: the command line that the value comes behind, where the parser is kept.
    """
    if keeps_line(facts):
        return tuple(_kept_variants(facts, arguments))
    found = []
    for setting in find_settings(facts).settings:
        given, value = _another(setting.option)
        found.append(Variant((given,), {setting.variable: value}))
    return tuple(found)


def _kept_variants(facts: Facts, arguments: Sequence[str]) -> Iterator[Variant]:
    """Another value for those options of a kept parser that a value can be told for."""
    of_runner = {
        node.attr
        for run in facts.runs
        for node in walk(run.call)
        if isinstance(node, ast.Attribute)
    }
    for option in _options(facts):
        if option.dest in of_runner or not option.flags or not option.flags[0].startswith("-"):
            continue
        choices = literal(keyword(option.call, "choices"))
        plain = {"default", "dest", "help", "metavar", "required", "choices"}
        if isinstance(choices, list | tuple) and {k.arg for k in option.call.keywords} <= plain:
            default = literal(keyword(option.call, "default"))
            other = next((str(choice) for choice in choices if choice != default), None)
            given = "" if other is None else _joined(_flag(option), other)
        elif option.kind is not None and (option.default is not None or option.kind is Kind.FLAG):
            given, _ = _another(option)
        else:
            continue
        if given:
            line = shlex.join([*arguments, given])
            yield Variant((given,), {VARIABLE: line})


def _another(option: Option) -> tuple[str, str]:
    """An argument that gives an option another value, and that value."""
    flag = _flag(option)
    if option.kind is Kind.FLAG:
        off = literal(keyword(option.call, "action")) == "store_false"
        return flag, "0" if off else "1"
    other = _other(option)
    return _joined(flag, other), other


def _flag(option: Option) -> str:
    return max(option.flags, key=len, default="")


def _joined(flag: str, value: str) -> str:
    # "-l=4" would be the value "=4".
    return f"{flag}={value}" if flag.startswith("--") else f"{flag}{value}"


def _other(option: Option) -> str:
    """A value near the default: an extreme one might be refused for good reasons."""
    if option.kind is Kind.TEXT or option.kind is None:
        return f"{option.default or 'other'}-2"
    base = option.default if isinstance(option.default, int | float) else 0
    return str(base + 1)
