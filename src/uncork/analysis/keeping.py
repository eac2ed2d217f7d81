"""Whether a script's parser has to be kept as it is, and whether it can be."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.bindings import dynamic_names
from uncork.analysis.keys import Keys
from uncork.analysis.main_block import Role
from uncork.analysis.parse_calls import own_parse_calls, walk_body
from uncork.analysis.purity import is_fixed
from uncork.analysis.settings import find_settings
from uncork.analysis.syntax import argument, dotted, full_name, literal
from uncork.source.lines import shares_a_line
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.analysis.main_block import MainBlock, MainStatement
    from uncork.analysis.options import CommandLine
    from uncork.diagnostics import Diagnostic

_KEYS = ("ARGS", "ARGUMENTS", "COMMAND_LINE", "SCRIPT_ARGS")


@dataclass(frozen=True)
class Keeping:
    """A parser of the main block that is kept.

    Args:
        line: the parser.
        reason: why its options can't become settings.
        key: the key of app.config for the command line.
        builders: the main block's statements that make the parser and fill it.
        used_outside: whether anything else than those and the parsing uses the parser.
        problems: why it can't be kept.
    """

    line: CommandLine
    reason: str
    key: str
    builders: tuple[MainStatement, ...]
    used_outside: bool
    problems: tuple[Diagnostic, ...]

    @property
    def moves(self) -> bool:
        """Whether there is anything to move into a function: not if a function does."""
        return (
            any(isinstance(s.node, ast.Expr | ast.For | ast.If) for s in self.builders)
            or len(self.builders) > 1
        )


def keeping(facts: Facts) -> Keeping | None:
    """How the main block's parser is kept; None where it need not be, or where there is none."""
    line, main, app = facts.command_line, facts.main, facts.application
    if line is None or main is None or app is None:
        return None
    settings = find_settings(facts)
    if not settings.problems:
        return None
    if line.function is not None and not _is_only_called_here(facts, line.function):
        return None
    builders = tuple(s for s in main.of(Role.PARSER) if s.node is not line.parse)
    keys = Keys.of(facts)
    # from_prefixed_env() would put FLASK_ARGS there as it is, one string.
    names = _KEYS[1:] if _loads_environment(facts) else _KEYS
    key = next(k for k in (*names, "UNCORK_ARGS") if not keys.problem(k, overridden=False))
    used = _outside(facts, builders, line)
    problems = [*_declined(facts, main, line, builders, used)]
    reason = line.problem.partition("; ")[0] or settings.problems[0].message
    return Keeping(line, reason, key, builders, line.parser in used, tuple(problems))


def _loads_environment(facts: Facts) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr == "from_prefixed_env"
        for source in facts.sources
        for node in walk(source.tree)
    )


def _is_only_called_here(facts: Facts, function: ast.FunctionDef) -> bool:
    """Whether nothing else calls a function, so that a parameter more is given everywhere."""
    arguments = function.args
    plain = not (arguments.vararg or arguments.kwarg or arguments.kwonlyargs)
    given = {node for call in own_parse_calls(function) for node in walk(call)}
    reads_argv = any(
        isinstance(node, ast.expr) and full_name(node, facts.imports) == "sys.argv"
        for node in walk_body(function)
        if node not in given
    )
    uses = [use for use in facts.names.uses(function.name) if use.reads]
    named = any(isinstance(node, ast.Name) and node.id == "argv" for node in walk_body(function))
    return plain and len(uses) == 1 and not named and not reads_argv


def _outside(facts: Facts, builders: tuple[MainStatement, ...], line: CommandLine) -> set[str]:
    """The names that the builders bind and that something else uses."""
    inside = {node for s in builders for node in walk(s.node)}
    inside |= set(walk(line.call))
    bound = {name for s in builders for name in s.binds}
    return {use.name for name in bound for use in facts.names.uses(name) if use.node not in inside}


def _declined(
    facts: Facts,
    main: MainBlock,
    line: CommandLine,
    builders: tuple[MainStatement, ...],
    used: set[str],
) -> Iterator[Diagnostic]:
    file = facts.file
    for node in (*(s.node for s in builders), line.parse):
        if shares_a_line(file, node):
            message = "this statement would move, and shares its line"
            yield rules.SHARED_LINE.at(file.place(node), message)
        if what := dynamic_names(node):
            yield rules.DYNAMIC_NAMES.at(file.place(node), f"{what} can't be moved")
    for name in sorted(used - {line.parser}):
        message = f"{name} is part of the parser, and is used beside it"
        yield rules.PARSER_IN_PIECES.at(file.place(line.parse), message)
    yield from _leftovers(facts, line)
    yield from _meanings(facts, line, builders)
    yield from _filled_later(facts, main, builders, line)


def _leftovers(facts: Facts, line: CommandLine) -> Iterator[Diagnostic]:
    method = dotted(line.call.func).rpartition(".")[2]
    if isinstance(line.call.func, ast.Attribute):
        method = line.call.func.attr
    if not method.startswith("parse_known"):
        return
    value = getattr(line.parse, "value", None)
    first = isinstance(value, ast.Subscript) and literal(value.slice) == 0
    inside = set(walk(line.parse))
    names = line.others or (() if first else (line.arguments,))
    for name in names:
        if any(use.node not in inside for use in facts.names.uses(name)):
            message = f"{name} holds what the parser does not know"
            yield rules.LEFTOVER_ARGUMENTS.at(facts.file.place(line.parse), message)


def _meanings(
    facts: Facts, line: CommandLine, builders: tuple[MainStatement, ...]
) -> Iterator[Diagnostic]:
    """Options whose parsing does what only a single program may do."""
    roots: list[ast.AST] = [s.node for s in builders]
    if line.function is not None:
        roots.append(line.function)
    suppressed = False
    for node in (inner for root in roots for inner in walk(root)):
        if isinstance(node, ast.expr) and full_name(node, facts.imports) == "argparse.SUPPRESS":
            suppressed = True
        if (
            isinstance(node, ast.Call)
            and full_name(node.func, facts.imports) == "argparse.FileType"
        ):
            mode = literal(argument(node, 0, "mode"))
            if mode is not ... and set(str(mode)) & set("wax+"):
                message = f"{ast.unparse(node)} opens the file when options are parsed"
                yield rules.PARSER_WRITES.at(facts.file.place(node), message)
    for node in facts.file.nodes:
        match node:
            case ast.Call(func=ast.Name(id="hasattr"), args=[ast.Name(id=name), _]) if suppressed:
                if name == line.arguments:
                    message = "hasattr() asks whether an option was given"
                    yield rules.ABSENT_OPTION.at(facts.file.place(node), message)
            case _:
                pass


def _filled_later(
    facts: Facts, main: MainBlock, builders: tuple[MainStatement, ...], line: CommandLine
) -> Iterator[Diagnostic]:
    """Statements between the builders that these would run behind, once they are one function."""
    own = {s.node for s in builders}
    earlier: list[MainStatement] = []
    for statement in main.statements:
        if statement.node is line.parse:
            return
        if statement.node in own:
            earlier.append(statement)
        elif earlier:
            read = {name for s in earlier for name in s.reads}
            fixed = all(_is_fixed(facts, s.node) for s in earlier)
            if read & statement.binds or (statement.role is Role.START_UP and not fixed):
                source = facts.file.line(statement.node.lineno).strip()
                message = f"`{source}` stands between the parser's own statements"
                yield rules.UNCERTAIN_ORDER.at(facts.file.place(statement.node), message)


def _is_fixed(facts: Facts, statement: ast.stmt) -> bool:
    """Whether what a statement of the parser's is given means the same a few lines later."""
    values = [
        value
        for node in walk(statement)
        if isinstance(node, ast.Call)
        for value in [*node.args, *(k.value for k in node.keywords)]
        if not isinstance(value, ast.Attribute)
    ]
    return all(is_fixed(value, facts.imports, "", environment=False) for value in values)
