"""Obstacles: shapes of a script that no codemod can handle, whatever it would change."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.application import find_applications
from uncork.analysis.behind import is_plain_definition
from uncork.analysis.bindings import global_names
from uncork.analysis.command_lines import find_foreign_parsers
from uncork.analysis.hazards import find_hazards
from uncork.analysis.main_block import Role
from uncork.analysis.managers import MANAGERS
from uncork.analysis.purity import is_banner
from uncork.analysis.reloader import reloader_tests
from uncork.analysis.scopes import clashing_locals
from uncork.analysis.settings import find_settings
from uncork.analysis.syntax import dotted, walk_here
from uncork.analysis.way import always_runs
from uncork.errors import SourceError
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.application import Application
    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic


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
        *find_foreign_parsers(facts),
        *find_hazards(facts),
    ]


def _runs(facts: Facts) -> Iterator[Diagnostic]:
    first = facts.runs[0]
    place = facts.file.place(first.call)
    served = {run.application for run in facts.runs}
    if len(facts.runs) > 1 and (facts.direct_run is None or len(served) > 1):
        lines = ", ".join(str(run.call.lineno) for run in facts.runs)
        yield rules.SEVERAL_RUNS.at(place, f"the app is run in several places: lines {lines}")
    elif facts.direct_run is None:
        yield from _not_direct(facts)
    else:
        yield from _main_function(facts)
    called = {run.call.func for run in facts.runs}
    for node in facts.file.nodes:
        if not isinstance(node, ast.Attribute) or node in called:
            continue
        if dotted(node) == f"{first.application or '?'}.run":
            message = f"{dotted(node)} is handed to something else, which may call it"
            yield rules.SEVERAL_RUNS.at(facts.file.place(node), message)


def _not_direct(facts: Facts) -> Iterator[Diagnostic]:
    """Why the main block does not run the app by a statement of its own."""
    call = facts.runs[0].call
    if not facts.way:
        yield rules.NO_GUARDED_RUN.at(facts.file.place(call), _where(facts, call))
    elif facts.step is None:
        message = "start-up work stands in the main block and in a function that it calls"
        yield rules.WORK_IN_SEVERAL_BLOCKS.at(facts.file.place(facts.way[0].statement), message)
    for step in facts.way:
        if facts.step is not None and not always_runs(step, facts.imports):
            what = type(step.statement).__name__.lower()
            message = f"this {what} statement around the run call does more than to run the app"
            yield rules.CONDITIONAL_RUN.at(facts.file.place(step.statement), message)


def _main_function(facts: Facts) -> Iterator[Diagnostic]:
    """What the locals of a main function stand in the way of, if anything moves out of it."""
    main = facts.main
    if main is None or not isinstance(main.guard, ast.FunctionDef):
        return
    moved = main.of(Role.START_UP, Role.CLEAN_UP)
    if not moved and not find_settings(facts).settings:
        return
    place = facts.file.place(main.guard)
    bound = set(global_names(facts, [s.node for s in main.of(Role.START_UP)]))
    for name in clashing_locals(facts.file.tree, main.guard):
        message = f"{name} is a local name of {main.guard.name}(), and a global one as well"
        yield rules.LOCAL_AND_GLOBAL.at(place, message)
    for statement in moved:
        for inner in walk_here(statement.node):
            if isinstance(inner, ast.Return):
                message = f"{main.guard.name}() may return here, before the app is run"
                yield rules.RETURNS_BEFORE_RUN.at(facts.file.place(inner), message)
        for inner in walk(statement.node):
            if isinstance(inner, ast.Nonlocal) and bound.intersection(inner.names):
                names = ", ".join(inner.names)
                message = f"nonlocal {names} in a function that would move"
                yield rules.LOCAL_AND_GLOBAL.at(facts.file.place(inner), message)


def _where(facts: Facts, call: ast.Call) -> str:
    if len(facts.guards) > 1:
        return "there are several main guards, and other work between them"
    for statement in facts.file.tree.body:
        if call in walk(statement):
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
    elif facts.runs[0].runner in MANAGERS and not facts.runs[0].application:
        message = "the manager makes the app itself, as its command line says"
        yield rules.MANAGER_MAKES_APP.at(place, message)
    elif not (name := facts.runs[0].application):
        message = "what is served is no plain name of an application"
        yield rules.WRAPPED_APPLICATION.at(place, message)
    elif facts.made is not None:
        yield from _made(facts, facts.made)
    elif facts.application is None:
        yield rules.NO_MODULE_APPLICATION.at(
            place, f"{name} is not made or imported at module level"
        )
    else:
        bindings = [use.node for use in facts.names.uses(facts.application.name) if not use.reads]
        if len(bindings) > 1:
            lines = ", ".join(str(getattr(node, "lineno", "?")) for node in bindings)
            message = f"{name} is bound more than once: lines {lines}"
            yield rules.NO_MODULE_APPLICATION.at(place, message)


def _made(facts: Facts, made: Application) -> Iterator[Diagnostic]:
    """What stands in the way of an application object that the main block makes."""
    own = set(ast.walk(made.statement))
    bindings = [use.node for use in facts.names.uses(made.name) if not use.reads]
    if any(node not in own for node in bindings):
        lines = ", ".join(str(getattr(node, "lineno", "?")) for node in bindings)
        message = f"{made.name} is bound more than once: lines {lines}"
        yield rules.NO_MODULE_APPLICATION.at(facts.file.place(made.statement), message)
    if find_settings(facts).settings:
        message = f"{made.name} is made in the main block, and the app reads options"
        yield rules.NO_MODULE_APPLICATION.at(facts.file.place(made.statement), message)


def _guard(facts: Facts) -> Iterator[Diagnostic]:
    if len(facts.guards) != 1:
        return
    guard = facts.guards[0]
    main = facts.main
    if guard.orelse and (main is None or main.of(Role.START_UP, Role.CLEAN_UP)):
        # It is done at import, and perhaps the same as what would move.
        message = "the main guard has an else branch beside start-up work"
        yield rules.UNUSUAL_GUARD.at(facts.file.place(guard), message)
    if guard.body[0].lineno == guard.lineno and len(guard.body) > 1:
        yield rules.UNUSUAL_GUARD.at(
            facts.file.place(guard), "the main block stands on the main guard's own line"
        )
    own = set(walk(guard.test))
    # What a migration wrote asks for a reason of its own.
    own |= set(walk(facts.kept_parser.reader)) if facts.kept_parser.reader else set()
    for test in reloader_tests(facts):
        own |= set(walk(test.statement.test)) if test.statement else set()
    for node in facts.file.nodes:
        if isinstance(node, ast.Compare) and node not in own and _compares_name(node):
            message = f"`{ast.unparse(node)}` asks again whether this is the running program"
            yield rules.UNUSUAL_GUARD.at(facts.file.place(node), message)
    behind = facts.file.tree.body[facts.file.tree.body.index(guard) + 1 :]
    for statement in behind:
        if not is_plain_definition(statement, facts) and not is_banner(statement, facts.imports):
            yield rules.BEHIND_GUARD.at(
                facts.file.place(statement), "this statement stands behind the main guard"
            )


def _compares_name(node: ast.Compare) -> bool:
    sides = [ast.unparse(side) for side in [node.left, *node.comparators]]
    return "__name__" in sides and "'__main__'" in sides
