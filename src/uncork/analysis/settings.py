"""Settings: the options whose values the app reads, and not the runner alone."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.main_block import Role
from uncork.analysis.syntax import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.analysis.options import CommandLine, Option
    from uncork.diagnostics import Diagnostic

# Keys of Flask's own default configuration (flask.app.Flask.default_config, 1.1 to 3.1).
FLASK_KEYS = frozenset(
    """
    APPLICATION_ROOT DEBUG ENV EXPLAIN_TEMPLATE_LOADING JSONIFY_MIMETYPE
    JSONIFY_PRETTYPRINT_REGULAR JSON_AS_ASCII JSON_SORT_KEYS MAX_CONTENT_LENGTH
    MAX_COOKIE_SIZE MAX_FORM_MEMORY_SIZE MAX_FORM_PARTS PERMANENT_SESSION_LIFETIME
    PREFERRED_URL_SCHEME PRESERVE_CONTEXT_ON_EXCEPTION PROPAGATE_EXCEPTIONS
    PROVIDE_AUTOMATIC_OPTIONS SECRET_KEY SECRET_KEY_FALLBACKS SEND_FILE_MAX_AGE_DEFAULT SERVER_NAME
    SESSION_COOKIE_DOMAIN SESSION_COOKIE_HTTPONLY SESSION_COOKIE_NAME
    SESSION_COOKIE_PARTITIONED SESSION_COOKIE_PATH SESSION_COOKIE_SAMESITE
    SESSION_COOKIE_SECURE SESSION_REFRESH_EACH_REQUEST TEMPLATES_AUTO_RELOAD TESTING
    TRAP_BAD_REQUEST_ERRORS TRAP_HTTP_EXCEPTIONS TRUSTED_HOSTS USE_X_SENDFILE
    """.split()  # noqa: SIM905 - forty quoted lines would be read by nobody
)
# FLASK_APP and the like are read by Flask itself.
FLASK_ENVIRONMENT = frozenset({"APP", "DEBUG", "ENV", "SKIP_DOTENV"})


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
    """Which options become settings; none where the main block parses no options."""
    line, main = facts.command_line, facts.main
    if line is None or main is None:
        return Settings((), ())
    reads: dict[str, list[ast.Attribute]] = {}
    problems: list[Diagnostic] = []
    for node, attribute in _app_uses(facts, line):
        if attribute is None or line.option(attribute.attr) is None:
            message = f"`{_shown(node, attribute)}` uses the parsed arguments as a whole"
            problems.append(rules.ARGUMENTS_HANDED_AROUND.at(facts.file.place(node), message))
        elif not isinstance(attribute.ctx, ast.Load):
            message = f"`{ast.unparse(attribute)}` is changed after parsing"
            problems.append(rules.ARGUMENTS_HANDED_AROUND.at(facts.file.place(node), message))
        else:
            reads.setdefault(attribute.attr, []).append(attribute)
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


def _shown(node: ast.Name, attribute: ast.Attribute | None) -> str:
    return ast.unparse(attribute) if attribute is not None else node.id


def _app_uses(facts: Facts, line: CommandLine) -> Iterator[tuple[ast.Name, ast.Attribute | None]]:
    """Uses of the parsed arguments by the app: anywhere but where main alone needs them."""
    main = facts.main
    assert main is not None  # noqa: S101 - find_settings asked
    stays = {Role.PARSER, Role.OVERRIDE, Role.MAIN_ONLY, Role.RUN, Role.AFTERWARDS}
    inside = {node for s in main.statements if s.role in stays for node in ast.walk(s.node)}
    parents = {
        child: node
        for node in ast.walk(facts.file.tree)
        if isinstance(node, ast.Attribute)
        for child in [node.value]
    }
    for use in facts.names.uses(line.arguments):
        node = use.node
        if isinstance(node, ast.Name) and node not in inside:
            yield node, parents.get(node)


def _overrides(facts: Facts, line: CommandLine) -> dict[str, str]:
    """Dest to key, for the options that the script puts into app.config itself."""
    found: dict[str, str] = {}
    assert facts.main is not None  # noqa: S101 - find_settings asked
    for statement in facts.main.of(Role.OVERRIDE):
        match statement.node:
            case ast.Assign(
                targets=[ast.Subscript(slice=ast.Constant(value=str(key)))],
                value=ast.Attribute(attr=dest),
            ):
                found[dest] = key
            case ast.Expr(value=ast.Call(keywords=keywords)):
                for keyword in keywords:
                    if isinstance(keyword.value, ast.Attribute) and keyword.arg:
                        found[keyword.value.attr] = keyword.arg
            case _:
                pass
    return {dest: key for dest, key in found.items() if line.option(dest) is not None}


def _setting_problems(
    facts: Facts, line: CommandLine, settings: tuple[Setting, ...]
) -> Iterator[Diagnostic]:
    if not settings:
        return
    if line.problem:
        yield rules.COMPLEX_OPTION.at(facts.file.place(line.parse), line.problem)
    used = _keys_in_use(facts)
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
        elif setting.key in FLASK_ENVIRONMENT or setting.key.startswith("RUN_"):
            yield rules.KEY_IN_USE.at(
                place, f"{name} would be FLASK_{setting.key}, which Flask reads"
            )
        elif not setting.overridden and not option.key and setting.key in FLASK_KEYS | used:
            owner = "Flask's own" if setting.key in FLASK_KEYS else "used in the project already"
            yield rules.KEY_IN_USE.at(place, f"{name} would be {setting.key}, which is {owner}")
        seen.add(setting.key)


def _keys_in_use(facts: Facts) -> frozenset[str]:
    """Keys that some file of the project reads or writes in a configuration."""
    keys = set()
    for source in facts.project.sources():
        for node in ast.walk(source.tree):
            match node:
                case ast.Subscript(value=owner, slice=ast.Constant(value=str(key))):
                    if dotted(owner).endswith("config"):
                        keys.add(key)
                case ast.Call(
                    func=ast.Attribute(value=owner, attr="get" | "setdefault" | "pop"),
                    args=[ast.Constant(value=str(key)), *_],
                ):
                    if dotted(owner).endswith("config"):
                        keys.add(key)
                case _:
                    pass
    return frozenset(keys)
