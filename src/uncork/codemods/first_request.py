"""What was done before the first request becomes start-up work.

Why: ``before_first_request`` is gone since Flask 2.3, and the app stops when it is imported
(https://flask.palletsprojects.com/en/stable/changes/#version-2-3-0). Under several processes
it ran once in each, at a moment that a visitor chose.

What changes: the decorator goes, and the function is called in an application context
directly in front of the run call; with other start-up work that moves to ``init_app()``.
Where several functions were registered they are called in that order.

When it declines: the function reads the request or the session, or what flask_login makes
of them; another decorator stands there as well; it is registered otherwise, in another
module or for a blueprint; the app is not run directly in the main block.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.main_block import Role
from uncork.analysis.removed import first_request_functions
from uncork.analysis.syntax import walk_called
from uncork.codemods.base import Rewrite
from uncork.source.edit import Edit
from uncork.source.indent import step_of
from uncork.source.lines import indentation, insert_before, last_line, shares_a_line, with_comments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.codemods.base import MigrationOptions
    from uncork.diagnostics import Diagnostic

ORDER = 7
# What is bound to a request: flask's own, and what popular extensions make of it.
_OF_REQUESTS = {
    "flask.after_this_request", "flask.flash", "flask.get_flashed_messages", "flask.request",
    "flask.session", "flask.url_for", "flask_login.current_user", "flask_login.login_user",
    "flask_login.logout_user", "flask_socketio.emit",
}  # fmt: skip


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:  # noqa: ARG001 - a codemod's signature
    """Call what `before_first_request` decorates in front of the run call."""
    main, app = facts.main, facts.application
    functions = first_request_functions(facts)
    if main is None or app is None or not functions:
        return Rewrite()
    declined = tuple(_declined(facts, functions))
    if declined:
        return Rewrite(diagnostics=declined)
    lines = [function.decorator_list[0].lineno for function in functions.values()]
    removed = [Edit(facts.file.line_span(line, line), "") for line in lines]
    nodes = [statement.node for statement in main.statements]
    run = main.of(Role.RUN)[0].node
    floor = max((last_line(node) for node in nodes if node.lineno < run.lineno), default=0)
    first, _ = with_comments(facts.file, run, max(floor, main.guard.lineno))
    indent = indentation(facts.file, run)
    body = "".join(f"{indent}{step_of(facts.file)}{name}()\n" for name in functions)
    text = f"{indent}with {app.flask}.app_context():\n{body}"
    return Rewrite((*removed, insert_before(facts.file, first, text)))


def _declined(facts: Facts, functions: dict[str, ast.FunctionDef]) -> Iterator[Diagnostic]:
    for name, function in functions.items():
        place = facts.file.place(function.decorator_list[0])
        top = facts.file.tree.body
        main = facts.main
        early = main.of(Role.START_UP, Role.MAIN_ONLY) if main else ()
        inside = [statement.node for statement in early]
        bindings = [use for use in facts.names.uses(name) if not use.reads]
        if function not in [*top, *inside] or len(bindings) > 1:
            message = f"{name}() stands where start-up work can't call it"
            yield rules.REMOVED_HOOK.at(place, message)
        elif used := _of_requests(facts, function):
            message = f"{name}() uses {used}, and start-up work has no request"
            yield rules.REMOVED_HOOK.at(place, message)
        elif _needs_arguments(function):
            yield rules.REMOVED_HOOK.at(place, f"{name}() has parameters")
        elif shares_a_line(facts.file, function):
            message = f"{name}() shares its line with another statement"
            yield rules.SHARED_LINE.at(place, message)


def _of_requests(facts: Facts, function: ast.FunctionDef) -> str:
    """The first name that a function, or what it calls in the script, has of a request, or ''."""
    for node in walk_called(function, facts.file.tree):
        if isinstance(node, ast.Name) and facts.imports.get(node.id) in _OF_REQUESTS:
            return node.id
    return ""


def _needs_arguments(function: ast.FunctionDef) -> bool:
    return bool(ast.unparse(function.args))
