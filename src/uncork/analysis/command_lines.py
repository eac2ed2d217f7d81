"""Where a script reads the program's command line: on import, in functions, in start-up work."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.keeping import keeping
from uncork.analysis.kept_parser import find_kept_parser
from uncork.analysis.main_block import Role
from uncork.analysis.parse_calls import PARSE_METHODS, given_line
from uncork.analysis.settings import find_settings
from uncork.analysis.syntax import full_name, imports_of, is_main_guard
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic
    from uncork.source.file import SourceFile

_REQUEST_PARSERS = {"flask_restful", "flask_restplus", "flask_restx", "webargs"}
_COMMANDS = {"click.command", "click.group"}
_FOREIGN_CALLS = {
    "absl.app.run": "absl",
    "docopt.docopt": "docopt",
    "fire.Fire": "fire",
    "typer.run": "typer",
    "typer.Typer": "typer",
}
_STAYS = (Role.PARSER, Role.OVERRIDE, Role.MAIN_ONLY, Role.RUN, Role.AFTERWARDS)


@dataclass(frozen=True)
class LineReads:
    """The places of a module that read the program's own command line where they must not.

    Args:
        parses: calls of parse_args() and its like that are given nothing else.
        argvs: ``sys.argv`` itself.
    """

    parses: tuple[ast.Call, ...]
    argvs: tuple[ast.expr, ...]

    @property
    def nodes(self) -> tuple[ast.expr, ...]:
        """All of them, in source order."""
        return tuple(
            sorted((*self.parses, *self.argvs), key=lambda node: (node.lineno, node.col_offset))
        )


def find_line_reads(facts: Facts) -> LineReads:
    """What of the script would read a server's command line, were it imported.

    What the main block alone does is left out, and what only it calls.
    """
    everything = reads_in(facts.file)
    harmless = _harmless(facts)
    return LineReads(
        tuple(node for node in everything.parses if node not in harmless),
        tuple(node for node in everything.argvs if node not in harmless),
    )


def keeps_line(facts: Facts) -> bool:
    """Whether the app takes a whole command line from the environment, once it is migrated."""
    if takes_line(facts):
        return True
    if facts.command_line is not None and find_settings(facts).problems:
        return True
    if facts.main is None:
        return False
    return bool(find_line_reads(facts).nodes) or any(foreign_modules(facts))


def reads_in(file: SourceFile) -> LineReads:
    """Every place of a module that reads the program's own command line."""
    imports = imports_of(file.tree)
    of_requests = any(name.partition(".")[0] in _REQUEST_PARSERS for name in imports.values())
    has_parsers = {"argparse", "optparse", "configargparse"} & {
        name.partition(".")[0] for name in imports.values()
    }
    parses: list[ast.Call] = []
    argvs: list[ast.expr] = []
    given: set[ast.AST] = set()
    for node in file.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in PARSE_METHODS:
                line = given_line(node)
                own = line is None or ast.unparse(line) == "None"
                own = own or _is_own_line(line, imports)
                if own and (has_parsers or not of_requests):
                    parses.append(node)
                    given.update(walk(line) if line is not None else ())
            case ast.Attribute() | ast.Name(ctx=ast.Load()) if (
                full_name(node, imports) == "sys.argv"
            ):
                argvs.append(node)
            case _:
                pass
    return LineReads(tuple(parses), tuple(node for node in argvs if node not in given))


def _is_own_line(node: ast.expr | None, imports: dict[str, str]) -> bool:
    """``sys.argv[1:]``."""
    match node:
        case ast.Subscript(value=value, slice=ast.Slice(lower=ast.Constant(value=1), upper=None)):
            return full_name(value, imports) == "sys.argv"
        case _:
            return False


def _harmless(facts: Facts) -> set[ast.AST]:
    main = facts.main
    if main is None:
        return set()
    stays = main.of(*_STAYS)
    needed = facts.command_line is not None and find_settings(facts).problems
    if needed and keeping(facts) is None:
        # The app needs what is parsed there, so that this can't stay.
        stays = tuple(s for s in stays if s.role is not Role.PARSER)
    inside = {node for s in stays for node in walk(s.node)}
    kept = facts.kept_parser
    inside |= set(walk(kept.reader)) if kept.reader else set()
    for statement in facts.file.tree.body:
        if isinstance(statement, ast.FunctionDef) and not statement.decorator_list:
            uses = [use.node for use in facts.names.uses(statement.name) if use.reads]
            if uses and all(node in inside for node in uses):
                inside |= set(walk(statement))
    return inside


def find_foreign_parsers(facts: Facts) -> Iterator[Diagnostic]:
    """Command lines that are read by something else than argparse, optparse and sys.argv."""
    for node in facts.file.nodes:
        if isinstance(node, ast.Call):
            library = _FOREIGN_CALLS.get(full_name(node.func, facts.imports))
            if library:
                message = f"options are parsed by {library}"
                yield rules.OTHER_COMMAND_LINE.at(facts.file.place(node), message)
        if isinstance(node, ast.FunctionDef) and _is_called_command(facts, node):
            message = f"options are parsed by click, for {node.name}()"
            yield rules.OTHER_COMMAND_LINE.at(facts.file.place(node), message)


def _is_called_command(facts: Facts, function: ast.FunctionDef) -> bool:
    """Whether a function is a click command that the script itself calls."""
    made = any(
        full_name(d.func if isinstance(d, ast.Call) else d, facts.imports) in _COMMANDS
        for d in function.decorator_list
    )
    if not made:
        return False
    called = {
        node.func.id
        for node in facts.file.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return function.name in called


def foreign_modules(facts: Facts) -> Iterator[tuple[SourceFile, LineReads]]:
    """The places where other modules of the project read the command line when the app runs."""
    for source in facts.sources:
        if source is facts.file:
            continue
        found = reads_in(source)
        if not found.nodes:
            continue
        used = _used_code(facts, source)
        reader = find_kept_parser(source).reader
        used -= set(ast.walk(reader)) if reader else set()
        reads = LineReads(
            tuple(node for node in found.parses if node in used),
            tuple(node for node in found.argvs if node in used),
        )
        if reads.nodes:
            yield source, reads


def program_elsewhere(facts: Facts, source: SourceFile) -> SourceFile | None:
    """A program in another folder that imports a module: its command line is its own.

    What runs in the script's folder is told apart when it runs; tests bring no command line.
    """
    name = source.path.parent.name if source.path.stem == "__init__" else source.path.stem
    for other in facts.project.parsed("__main__"):
        beside = other.path.parent == facts.file.path.parent
        test = other.path.stem.startswith("test_") or "tests" in other.path.parts
        if beside or test or other is source or not any(map(is_main_guard, other.tree.body)):
            continue
        if name in _imported_names(other):
            return other
    return None


def _imported_names(source: SourceFile) -> set[str]:
    """Every part of the dotted names that a file imports."""
    dotted = {alias.name for node in source.imports for alias in node.names}
    dotted |= {node.module or "" for node in source.of(ast.ImportFrom)}
    return {part for name in dotted for part in name.split(".")}


def takes_line(facts: Facts) -> bool:
    """Whether a migrated app takes a whole command line from the environment."""
    return facts.kept_parser.is_there or read_by_others(facts)


def read_by_others(facts: Facts) -> bool:
    """Whether another module of a migrated project takes the command line from the environment."""
    return any(
        find_kept_parser(source).reader is not None
        for source in facts.sources
        if source is not facts.file
    )


def _used_code(facts: Facts, source: SourceFile) -> set[ast.AST]:
    """What of a module may run when it is imported, or called by its importers."""
    functions = {s.name: s for s in source.tree.body if isinstance(s, ast.FunctionDef)}
    pending: list[ast.AST] = [
        s for s in source.tree.body if not isinstance(s, ast.FunctionDef) and not is_main_guard(s)
    ]
    for other in facts.sources:
        if other is not source:
            mentioned = _mentioned(other.tree)
            pending += [f for name, f in functions.items() if name in mentioned]
    used: set[ast.AST] = set()
    while pending:
        node = pending.pop()
        if node in used:
            continue
        inner = set(walk(node))
        used |= inner
        mentioned = _mentioned(node)
        pending += [f for name, f in functions.items() if name in mentioned]
    return used


def _mentioned(node: ast.AST) -> set[str]:
    found: set[str] = set()
    for inner in walk(node):
        match inner:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                found.add(name)
            case _:
                pass
    return found
