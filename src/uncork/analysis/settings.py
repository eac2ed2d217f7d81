"""Settings: the options whose values the app reads, and not the runner alone."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.bindings import uses_dynamic_names
from uncork.analysis.config_file import loaded_config
from uncork.analysis.keys import Keys
from uncork.analysis.main_block import Role
from uncork.analysis.order import late_overrides
from uncork.analysis.overrides import overrides_of
from uncork.analysis.reads import find_reads
from uncork.source.lines import shares_a_line
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.analysis.options import CommandLine, Option
    from uncork.diagnostics import Diagnostic


_STAYS = (Role.PARSER, Role.OVERRIDE, Role.MAIN_ONLY, Role.RUN, Role.AFTERWARDS)


@dataclass(frozen=True)
class Setting:
    """An option that becomes a setting.

    Args:
        option: the option.
        key: its key in app.config.
        overridden: whether a statement of the script itself puts it into app.config.
        reads: the expressions ``args.x`` that the app evaluates.
    """

    option: Option
    key: str
    overridden: bool
    reads: tuple[ast.Attribute, ...]

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"FLASK_{self.key}"


@dataclass(frozen=True)
class Settings:
    """The settings of a script, and what stands in the way of making them."""

    settings: tuple[Setting, ...]
    problems: tuple[Diagnostic, ...]


def find_settings(facts: Facts) -> Settings:
    """Which options become settings; none where the main block parses no options.

    Half of all codemods ask: the answer is kept with the facts.
    """
    kept: Settings | None = facts.__dict__.get("_settings")
    if kept is None:
        kept = _settings_of(facts)
        facts.__dict__["_settings"] = kept
    return kept


def _settings_of(facts: Facts) -> Settings:
    line, main = facts.command_line, facts.main
    if line is None or main is None:
        return Settings((), ())
    reads: dict[str, list[ast.Attribute]] = {}
    problems: list[Diagnostic] = []
    for node, attribute in _app_uses(facts, line):
        if attribute is None:
            message = f"`{node.id}` is used as a whole"
            problems.append(rules.ARGUMENTS_HANDED_AROUND.at(facts.file.place(node), message))
        elif line.option(attribute.attr) is None:
            message = f"`{ast.unparse(attribute)}` is no option that the main block declares"
            problems.append(rules.ARGUMENTS_HANDED_AROUND.at(facts.file.place(node), message))
        elif not isinstance(attribute.ctx, ast.Load):
            message = f"`{ast.unparse(attribute)}` is changed after parsing"
            problems.append(rules.ARGUMENTS_HANDED_AROUND.at(facts.file.place(node), message))
        else:
            reads.setdefault(attribute.attr, []).append(attribute)
    problems += _other_names(facts, line)
    overrides = _overrides(facts, line)
    settings = tuple(
        Setting(
            option,
            option.key or overrides.get(option.dest) or option.dest.upper(),
            option.dest in overrides,
            tuple(reads.get(option.dest, ())),
        )
        for option in line.options
        if option.dest in reads or option.dest in overrides or option.key
    )
    problems += _setting_problems(facts, line, settings)
    return Settings(settings, tuple(problems))


def _app_uses(facts: Facts, line: CommandLine) -> Iterator[tuple[ast.Name, ast.Attribute | None]]:
    """Uses of the parsed arguments by the app: anywhere but where main alone needs them."""
    main = facts.main
    assert main is not None  # noqa: S101 - find_settings asked
    inside = {node for s in main.of(*_STAYS) for node in walk(s.node)}
    parents = {
        child: node
        for node in facts.file.nodes
        if isinstance(node, ast.Attribute)
        for child in [node.value]
    }
    for use in facts.names.uses(line.arguments):
        node = use.node
        if isinstance(node, ast.Name) and node not in inside:
            yield node, parents.get(node)


def _other_names(facts: Facts, line: CommandLine) -> Iterator[Diagnostic]:
    """Uses by the app of what else the parser's statements bind: the parser itself, leftovers."""
    main = facts.main
    assert main is not None  # noqa: S101 - find_settings asked
    inside = {node for s in main.of(*_STAYS) for node in walk(s.node)}
    bound = {name for s in main.of(Role.PARSER) for name in s.binds} - {line.arguments}
    for name in sorted(bound):
        for use in facts.names.uses(name):
            if use.node not in inside and isinstance(use.node, ast.expr) and use.reads:
                message = f"`{name}` is used beside the options"
                yield rules.ARGUMENTS_HANDED_AROUND.at(facts.file.place(use.node), message)
                break


def _overrides(facts: Facts, line: CommandLine) -> dict[str, str]:
    """Dest to key, for the options that the script puts into app.config itself."""
    assert facts.main is not None  # noqa: S101 - find_settings asked
    name = facts.main.run.flask
    found: dict[str, str] = {}
    for statement in facts.main.of(Role.OVERRIDE):
        found |= overrides_of(statement.node, name, line.arguments)
    return found


def _setting_problems(
    facts: Facts, line: CommandLine, settings: tuple[Setting, ...]
) -> Iterator[Diagnostic]:
    if not settings:
        return
    if line.problem:
        yield rules.COMPLEX_OPTION.at(facts.file.place(line.parse), line.problem)
    yield from _place_problems(facts, line, settings)
    if uses_dynamic_names(facts.file.tree) and any(not s.option.key for s in settings):
        message = f"code of the script can reach {line.arguments} by its name as text"
        yield rules.DYNAMIC_NAMES.at(facts.file.place(line.parse), message)
    assert facts.main is not None  # noqa: S101 - find_settings asked
    if any(not setting.option.key for setting in settings):
        for late in late_overrides(facts, facts.main):
            source = facts.file.line(late.node.lineno).strip()
            message = f"`{source}` would come before start-up work"
            yield rules.UNCERTAIN_ORDER.at(facts.file.place(late.node), message)
    keys = Keys.of(facts)
    seen: set[str] = set()
    for setting in settings:
        option, place = setting.option, facts.file.place(setting.option.call)
        name = option.flags[0] if option.flags else option.dest
        if option.problem:
            yield rules.COMPLEX_OPTION.at(place, f"{name} is no simple setting: {option.problem}")
        elif setting.key != setting.key.upper() or not setting.key.isidentifier():
            message = f"{name} has the key {setting.key!r}: Flask loads upper-case keys only"
            yield rules.COMPLEX_OPTION.at(place, message)
        elif setting.key in seen:
            yield rules.KEY_IN_USE.at(place, f"{name} shares the key {setting.key} with another")
        elif not option.key and (problem := keys.problem(setting.key, setting.overridden)):
            yield rules.KEY_IN_USE.at(place, f"{name} would be {problem}")
        seen.add(setting.key)


def _place_problems(
    facts: Facts, line: CommandLine, settings: tuple[Setting, ...]
) -> Iterator[Diagnostic]:
    """Why settings can't be loaded, put into app.config, or read from there."""
    app = facts.application
    if app is None:
        return
    for setting in settings:
        yield from find_reads(facts, app, setting.reads)[1]
    if all(setting.option.key for setting in settings):
        return
    if app.creation is None:
        how = "made by a factory" if isinstance(app.statement, ast.Assign) else "imported"
        message = f"{app.name} is {how}, and its settings are loaded there"
        yield rules.NO_MODULE_APPLICATION.at(facts.file.place(app.statement), message)
    for statement in (app.statement, line.parse):
        if shares_a_line(facts.file, statement):
            message = "the statement behind which a line would be added shares its line"
            yield rules.SHARED_LINE.at(facts.file.place(statement), message)
    _, problem = loaded_config(facts, app)
    if problem is not None:
        yield problem
