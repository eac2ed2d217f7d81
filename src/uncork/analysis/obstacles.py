"""Obstacles: shapes of a script that no codemod can handle, whatever it would change."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.application import find_applications
from uncork.analysis.hazards import find_hazards
from uncork.analysis.purity import is_banner, is_pure, is_pure_assignment
from uncork.analysis.runner import Runner
from uncork.analysis.syntax import dotted, full_name, modules_of
from uncork.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic

_SUPPORTED = {Runner.FLASK, Runner.WAITRESS}
_OTHER_PARSERS = {"optparse", "getopt", "click", "absl", "docopt", "typer", "fire"}
_REQUEST_PARSERS = {"flask_restful", "flask_restplus", "flask_restx"}


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
        *find_hazards(facts),
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
    called = {run.call.func for run in facts.runs}
    for node in ast.walk(facts.file.tree):
        if not isinstance(node, ast.Attribute) or node in called:
            continue
        if dotted(node) == f"{first.application or '?'}.run":
            message = f"{dotted(node)} is handed to something else, which may call it"
            yield rules.SEVERAL_RUNS.at(facts.file.place(node), message)


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
    else:
        name = facts.application.name
        bindings = [use.node for use in facts.names.uses(name) if not use.reads]
        if len(bindings) > 1:
            lines = ", ".join(str(getattr(node, "lineno", "?")) for node in bindings)
            message = f"{name} is bound more than once: lines {lines}"
            yield rules.NO_MODULE_APPLICATION.at(place, message)


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
    own = set(ast.walk(guard.test))
    for node in ast.walk(facts.file.tree):
        if isinstance(node, ast.Compare) and node not in own and _compares_name(node):
            message = f"`{ast.unparse(node)}` asks again whether this is the running program"
            yield rules.UNUSUAL_GUARD.at(facts.file.place(node), message)
    behind = facts.file.tree.body[facts.file.tree.body.index(guard) + 1 :]
    for statement in behind:
        if not _is_plain_definition(statement, facts) and not is_banner(statement, facts.imports):
            yield rules.BEHIND_GUARD.at(
                facts.file.place(statement), "this statement stands behind the main guard"
            )


def _compares_name(node: ast.Compare) -> bool:
    sides = [ast.unparse(side) for side in [node.left, *node.comparators]]
    return "__name__" in sides and "'__main__'" in sides


def _is_plain_definition(statement: ast.stmt, facts: Facts) -> bool:
    """A definition that does nothing but bind a name that nothing else binds.

    No decorator registers it anywhere, and no default calls anything.
    """
    match statement:
        case ast.FunctionDef(decorator_list=[]) | ast.AsyncFunctionDef(decorator_list=[]):
            evaluated: list[ast.AST] = [statement.args]
        case ast.ClassDef(decorator_list=[]):
            evaluated = [*statement.bases, *statement.keywords]
            plain = (_is_plain_member(inner, facts) for inner in statement.body)
            if not all(plain):
                return False
        case _:
            return False
    bindings = [use for use in facts.names.uses(statement.name) if not use.reads]
    return len(bindings) == 1 and all(is_pure(node, facts.imports) for node in evaluated)


def _is_plain_member(statement: ast.stmt, facts: Facts) -> bool:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return not statement.decorator_list and is_pure(statement.args, facts.imports)
    pure = is_pure_assignment(statement, facts.imports)
    return pure or isinstance(statement, ast.Pass | ast.Expr)


def _command_line(facts: Facts) -> Iterator[Diagnostic]:
    """Command lines that are read elsewhere in the script, or by something else than argparse."""
    own = facts.command_line.statements if facts.command_line else ()
    known = {node for statement in own for node in ast.walk(statement)}
    if any(name.partition(".")[0] in _REQUEST_PARSERS for name in facts.imports.values()):
        # Their parse_args() reads a request, unless argparse is here as well.
        known |= set() if "argparse" in facts.imports.values() else set(_parse_calls(facts))
    for node in ast.walk(facts.file.tree):
        if isinstance(node, ast.expr | ast.stmt) and node not in known:
            what = _reads_command_line(node, facts.imports)
            if what:
                yield rules.OTHER_COMMAND_LINE.at(facts.file.place(node), what)


def _parse_calls(facts: Facts) -> Iterator[ast.Call]:
    for node in ast.walk(facts.file.tree):
        if isinstance(node, ast.Call) and dotted(node.func).endswith(".parse_args"):
            yield node


def _reads_command_line(node: ast.AST, imports: dict[str, str]) -> str:
    match node:
        case ast.Attribute() if full_name(node, imports) == "sys.argv":
            return "sys.argv is read"
        case ast.Name(ctx=ast.Load()) if full_name(node, imports) == "sys.argv":
            return "sys.argv is read"
        case ast.Call(func=ast.Attribute(attr="parse_args" | "parse_known_args" as name)):
            return f"{name}() is called where it does not belong to a parser of the main block"
        case ast.Import() | ast.ImportFrom():
            modules = {name.partition(".")[0] for name in modules_of(node)}
            found = sorted(modules & _OTHER_PARSERS)
            return f"options are parsed by {found[0]}" if found else ""
        case _:
            return ""
