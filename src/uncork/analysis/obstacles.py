"""Obstacles: shapes of a script that no codemod can handle, whatever it would change."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.application import find_applications
from uncork.analysis.purity import is_banner
from uncork.analysis.runner import Runner
from uncork.analysis.syntax import full_name
from uncork.errors import SourceError
from uncork.source.lines import shares_a_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic

_SUPPORTED = {Runner.FLASK, Runner.WAITRESS}
_OTHER_PARSERS = {"optparse", "getopt", "click", "absl", "docopt", "typer", "fire"}


def find_obstacles(facts: Facts) -> list[Diagnostic]:
    """What blocks a migration before any codemod is asked.

    Raises:
        SourceError: the script runs no app at all.
    """
    if not facts.runs:
        raise SourceError(
            "does not run a Flask app",
            place=facts.file.place(),
            hint="name the script that calls app.run()",
        )
    return [
        *_runs(facts),
        *_application(facts),
        *_guard(facts),
        *_command_line(facts),
        *_main_module(facts),
    ]


def _runs(facts: Facts) -> Iterator[Diagnostic]:
    first = facts.runs[0]
    place = facts.file.place(first.call)
    for run in facts.runs:
        if run.runner not in _SUPPORTED:
            what = ast.unparse(run.call.func)
            yield rules.UNSUPPORTED_RUNNER.at(
                facts.file.place(run.call), f"{what}() starts the app, which migrate can't move yet"
            )
    if len(facts.runs) > 1:
        lines = ", ".join(str(run.call.lineno) for run in facts.runs)
        yield rules.SEVERAL_RUNS.at(place, f"the app is run in several places: lines {lines}")
    elif facts.direct_run is None:
        yield rules.NO_GUARDED_RUN.at(place, _where(facts, first.call))


def _where(facts: Facts, call: ast.Call) -> str:
    for statement in facts.file.tree.body:
        if call in ast.walk(statement):
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                return f"the app is run inside {statement.name}()"
            if statement in facts.guards:
                return "the app is run inside a compound statement of the main block"
            if isinstance(statement, ast.Expr):
                return "the app is run as soon as the module is imported"
    return "the app is not run directly in the main block"


def _application(facts: Facts) -> Iterator[Diagnostic]:
    made = find_applications(facts.file)
    place = facts.file.place(facts.runs[0].call)
    if len(made) > 1:
        names = ", ".join(application.name for application in made)
        yield rules.NO_MODULE_APPLICATION.at(
            place, f"several application objects are made: {names}"
        )
    elif facts.application is None:
        name = facts.runs[0].application or ast.unparse(facts.runs[0].call)
        yield rules.NO_MODULE_APPLICATION.at(
            place, f"{name} is not made or imported at module level"
        )
    elif shares_a_line(facts.file, facts.application.statement):
        place = facts.file.place(facts.application.statement)
        yield rules.SHARED_LINE.at(place, "the application object's statement shares its line")


def _guard(facts: Facts) -> Iterator[Diagnostic]:
    if len(facts.guards) != 1:
        return
    guard = facts.guards[0]
    if guard.orelse:
        yield rules.UNUSUAL_GUARD.at(facts.file.place(guard), "the main guard has an else branch")
    if guard.body[0].lineno == guard.lineno and len(guard.body) > 1:
        yield rules.UNUSUAL_GUARD.at(
            facts.file.place(guard), "the main block stands on the main guard's own line"
        )
    behind = facts.file.tree.body[facts.file.tree.body.index(guard) + 1 :]
    for statement in behind:
        if not _is_plain_definition(statement) and not is_banner(statement, facts.imports):
            yield rules.BEHIND_GUARD.at(
                facts.file.place(statement), "this statement stands behind the main guard"
            )


def _is_plain_definition(statement: ast.stmt) -> bool:
    """A definition that does nothing but bind its name: no decorator registers it anywhere."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return isinstance(statement, kinds) and not statement.decorator_list


def _command_line(facts: Facts) -> Iterator[Diagnostic]:
    """Command lines that are read elsewhere in the script, or by something else than argparse."""
    own = facts.command_line.statements if facts.command_line else ()
    known = {node for statement in own for node in ast.walk(statement)}
    for node in ast.walk(facts.file.tree):
        if isinstance(node, ast.expr | ast.stmt) and node not in known:
            what = _reads_command_line(node, facts.imports)
            if what:
                yield rules.OTHER_COMMAND_LINE.at(facts.file.place(node), what)


def _reads_command_line(node: ast.AST, imports: dict[str, str]) -> str:
    match node:
        case ast.Attribute() if full_name(node, imports) == "sys.argv":
            return "sys.argv is read"
        case ast.Name(ctx=ast.Load()) if full_name(node, imports) == "sys.argv":
            return "sys.argv is read"
        case ast.Call(func=ast.Attribute(attr="parse_args" | "parse_known_args" as name)):
            return f"{name}() is called where it does not belong to a parser of the main block"
        case ast.Import() | ast.ImportFrom():
            modules = {name.partition(".")[0] for name in imports_in(node)}
            found = sorted(modules & _OTHER_PARSERS)
            return f"options are parsed by {found[0]}" if found else ""
        case _:
            return ""


def imports_in(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules that an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if not node.level else []


def _main_module(facts: Facts) -> Iterator[Diagnostic]:
    """Strings and imports that name the module __main__."""
    for source in facts.project.sources():
        try:
            tree = source.tree
        except SourceError:
            # A file that nothing parses is no module of the running app.
            continue
        for node in ast.walk(tree):
            match node:
                case ast.Import() | ast.ImportFrom() if "__main__" in imports_in(node):
                    yield rules.NAMES_MAIN_MODULE.at(source.place(node), "__main__ is imported")
                case ast.Constant(value=str(text)) if text.startswith("__main__:"):
                    yield rules.NAMES_MAIN_MODULE.at(
                        source.place(node), f"{text!r} names the module __main__"
                    )
                case _:
                    pass
