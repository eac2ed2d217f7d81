"""How settings become options: flags, then ``UNCORK_*``, then the settings file.

click knows the first two and a "default map", which is filled here for the one
command that is about to run: from ``UNCORK_PORT``, which counts for every command
that has a ``--port`` (``UNCORK_SERVE_PORT`` is click's own and comes before it),
and from the nearest settings file.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from uncork.discovery.settings import Settings, find_settings
from uncork.errors import Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    _Said = dict[str, tuple["_Table", Any]]

ONLY_SAID = frozenset({"json", "list", "yes", "write", "isolation", "plan"})
"""Options that stand in no file: they answer a question on the user's behalf, and a file
comes with a clone; or they make sense for one call alone."""

_ONE_CALL = frozenset({"json", "list", "plan"})


@dataclass(frozen=True)
class Level:
    """A command on the way to the one that runs, below ``uncork`` itself.

    Args:
        name: as it is typed.
        command: the command.
        context: a context of it that was parsed without complaint, for its values.
    """

    name: str
    command: click.Command
    context: click.Context


def default_map(
    context: click.Context, name: str, command: click.Command, arguments: list[str]
) -> dict[str, Any]:
    """The default map, in click's sense, for the command that these arguments call.

    Args:
        context: the whole command line's context.
        name: the first command's name.
        command: that command.
        arguments: what stands behind its name.

    Raises:
        UsageError: the settings file can't be read, or has a key or value that nothing takes.
    """
    ours = arguments[: arguments.index("--") if "--" in arguments else None]
    if not {"-h", "--help"}.isdisjoint(ours):
        # Help must come even where a settings file has a mistake.
        return {}
    levels = list(_levels(context, name, command, ours))
    settings = find_settings(_folder(levels[-1].context.params.get("target")))
    said = _said(settings, levels, context.command) if settings else {}
    found: dict[str, Any] = {}
    for level in reversed(levels):
        found = {level.name: {**_of_file(level, said), **_of_environment(level), **found}}
    return found


def _levels(
    parent: click.Context, name: str, command: click.Command, arguments: list[str]
) -> Iterator[Level]:
    while True:
        context = command.make_context(name, list(arguments), parent=parent, resilient_parsing=True)
        yield Level(name, command, context)
        if not isinstance(command, click.Group):
            return
        rest = rest_of(context)
        if not rest:
            return
        found, below, arguments = command.resolve_command(context, rest)
        if found is None or below is None:
            return
        parent, name, command = context, found, below


def rest_of(context: click.Context) -> list[str]:
    """What a group has left for its own commands, the command's name first.

    click keeps the name apart from `args`, and has called the place both ways (8.1, 8.2).
    """
    kept = vars(context)
    return [*kept.get("_protected_args", kept.get("protected_args", ())), *context.args]


def _folder(target: object) -> Path:
    here = Path.cwd().resolve()
    # realpath() takes a link to itself as it is, where resolve() raises.
    path = Path(os.path.realpath(here / target)) if isinstance(target, str) else here
    if path.is_dir():
        return path
    return path.parent if path.is_file() else here


def _keys(command: click.Command) -> dict[str, tuple[click.Option, bool]]:
    """A command's options by the keys that name them, and whether a key means "not"."""
    options = [option for option in command.params if isinstance(option, click.Option)]
    return {
        spelled.removeprefix("--"): (option, negative)
        for option in options
        for names, negative in ((option.opts, False), (option.secondary_opts, True))
        for spelled in names
        if spelled.startswith("--")
    }


def _keys_below(command: click.Command, context: click.Context) -> Iterator[str]:
    """The keys of this command and of those beneath it, each command loaded when it is reached."""
    yield from _keys(command)
    if isinstance(command, click.Group):
        # Most of what is said for all commands is about serving, and that one loads fast.
        for name in sorted(command.list_commands(context), key=lambda name: name != "serve"):
            if below := command.get_command(context, name):
                yield from _keys_below(below, context)


@dataclass(frozen=True)
class _Table:
    """A table that counts for the running command.

    Args:
        settings: the file that it stands in.
        name: its whole name; empty at the top of uncork.toml.
        values: its keys.
        owner: the command that it is named after.
    """

    settings: Settings
    name: str
    values: Mapping[str, Any]
    owner: click.Command

    def __str__(self) -> str:
        return f"[{self.name}]" if self.name else "the file's top"


def _tables(settings: Settings, levels: list[Level], group: click.Command) -> Iterator[_Table]:
    """The tables from the outermost to the running command's own."""
    name, values, owner = settings.table, settings.values, group
    yield _Table(settings, name, values, owner)
    for level in levels:
        values = values.get(level.name, {})
        if not isinstance(values, dict):
            return
        name, owner = f"{name}.{level.name}".lstrip("."), level.command
        yield _Table(settings, name, values, owner)


def _said(settings: Settings, levels: list[Level], group: click.Command) -> _Said:
    """What the file says to the running command; its own table comes before the outer ones."""
    running = levels[-1]
    said: _Said = {}
    for table in _tables(settings, levels, group):
        for written, value in table.values.items():
            _need_known(table, written, value, running)
            if not isinstance(value, dict):
                said[written.replace("_", "-")] = (table, value)
    return said


def _need_known(table: _Table, written: str, value: object, running: Level) -> None:
    """Refuse a key that no command takes.

    The running command is asked first: only for a key that it does not have must the
    other commands be loaded.
    """
    key = written.replace("_", "-")
    if key in ONLY_SAID:
        raise UsageError(
            f"{key} stands in {table}, and can't be set in a file",
            place=_place(table.settings),
            hint=f"remove it, and say --{key} where you mean it",
        )
    context, owner = running.context, table.owner
    commands = owner.list_commands(context) if isinstance(owner, click.Group) else []
    if written in commands if isinstance(value, dict) else key in _keys(running.command):
        return
    if not isinstance(value, dict) and key in _keys_below(owner, context):
        return
    keys = set(_keys_below(owner, context)) - ONLY_SAID
    near = difflib.get_close_matches(key, [*keys, *commands], n=1)
    raise UsageError(
        f"{table} has no {'table' if isinstance(value, dict) else 'key'} {written}",
        place=_place(table.settings),
        hint=f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(keys))}",
    )


def _of_file(level: Level, said: _Said) -> dict[str, Any]:
    found = {}
    for key, (option, negative) in _keys(level.command).items():
        if key in said and option.name:
            table, value = said[key]
            taken = _value(table, key, value, option, level.context)
            found[option.name] = taken != negative if option.is_flag else taken
    return found


def _value(
    table: _Table, key: str, value: Any, option: click.Option, context: click.Context
) -> Any:
    """A key's value as its option takes it."""
    wrong = ""
    if option.is_flag:
        wrong = "" if isinstance(value, bool) else "has to be true or false"
    elif option.multiple:
        wrong = "" if isinstance(value, list) else "has to be a list"
    elif isinstance(value, bool) or not isinstance(value, str | int | float):
        wrong = "has to be a text or a number"
    if not wrong:
        value = _from_there(value, option, table.settings.path.parent)
        try:
            option.type_cast_value(context, value)
        except click.BadParameter as error:
            wrong = error.message.rstrip(".")
    if wrong:
        raise UsageError(f"{key} in {table}: {wrong}", place=_place(table.settings))
    return value


def _from_there(value: Any, option: click.Option, folder: Path) -> Any:
    """A path as seen from the settings file; a bare name that is no file stays, as a command."""
    is_path = isinstance(option.type, click.Path) or option.metavar in {"PATH", "FILE", "DIR"}
    if is_path and isinstance(value, str) and ("/" in value or (folder / value).exists()):
        return str(folder / value)
    return value


def _of_environment(level: Level) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, (option, negative) in _keys(level.command).items():
        value = os.environ.get(f"UNCORK_{key.replace('-', '_').upper()}")
        if value and option.name and not negative and key not in _ONE_CALL:
            found[option.name] = option.type.split_envvar_value(value) if option.multiple else value
    return found


def _place(settings: Settings) -> Place:
    here = Path.cwd().resolve()
    path = settings.path
    return Place(str(path.relative_to(here) if path.is_relative_to(here) else path))
