"""Clean-up behind the run call is registered with atexit.

Why: no WSGI server comes back to the lines behind ``app.run()``. What they do at the end
(close a database, stop a scheduler) must be known to the process itself
(https://docs.python.org/3/library/atexit.html).

What changes: a single call of a method without arguments becomes
``atexit.register(object.method)``; anything else moves to ``close_app()``, which is
registered. The registration is the start-up hook's last statement: what is registered
last runs first, and multiprocessing's own exit hook must come after it. Lines that only
print, pass or exit stay.

When it declines: threads that are no daemons, since Python joins those before it calls
what atexit knows; clean-up that reads what only the main block binds; exec, locals() and
the like; statements that share a line.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.main_block import Role
from uncork.analysis.syntax import dotted, full_name, keyword, literal
from uncork.codemods.base import Rewrite
from uncork.codemods.blocks import dynamic_names, hook_edit, new_name, segments
from uncork.codemods.start_up import global_names
from uncork.source.edit import Edit, Span
from uncork.source.lines import (
    add_imports,
    indentation,
    insert_before,
    insert_behind,
    last_line,
    shares_a_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.analysis.main_block import MainBlock
    from uncork.codemods.base import MigrationOptions
    from uncork.diagnostics import Diagnostic

ORDER = 30


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:  # noqa: ARG001 - a codemod's signature
    """Register what stands behind the run call with atexit."""
    main = facts.main
    if main is None or not main.of(Role.CLEAN_UP):
        return Rewrite()
    declined = tuple(_declined(facts, main))
    if declined:
        return Rewrite(diagnostics=declined)
    method = _single_method(facts, main)
    name = method or new_name(facts, "close_app", "shut_down_app")
    own = [] if method else [_function(facts, main, name)]
    removed = [
        Edit(segment.span, "")
        for segment, statement in zip(
            segments(facts.file, main.guard), main.statements, strict=True
        )
        if statement.role is Role.CLEAN_UP
    ]
    note = rules.SERVER_STOPS.at(
        facts.file.place(main.of(Role.CLEAN_UP)[0].node),
        "the clean-up runs when the process ends: python, uncork serve and gunicorn end so on "
        "SIGTERM; waitress-serve on SIGINT only",
    )
    edits = [*_registration(facts, main, name, own), *removed]
    return Rewrite(tuple(edits), diagnostics=(note,))


def _single_method(facts: Facts, main: MainBlock) -> str:
    """``object.method``, if that is the whole clean-up and the object is bound once."""
    clean_up = main.of(Role.CLEAN_UP)
    match clean_up[0].node:
        case ast.Expr(value=ast.Call(func=ast.Attribute() as func, args=[], keywords=[])) if len(
            clean_up
        ) == 1 and (name := dotted(func)):
            owner = name.partition(".")[0]
            bindings = [use for use in facts.names.uses(owner) if not use.reads]
            return name if len(bindings) == 1 else ""
        case _:
            return ""


def _function(facts: Facts, main: MainBlock, name: str) -> str:
    indent = indentation(facts.file, main.guard.body[0])
    cut = segments(facts.file, main.guard)
    moved = [number for number, s in enumerate(main.statements) if s.role is Role.CLEAN_UP]
    body = "".join(cut[number].text for number in moved).lstrip("\n")
    names = global_names(facts, [main.statements[number].node for number in moved])
    declared = f"{indent}global {', '.join(names)}\n\n" if names else ""
    docstring = f'{indent}"""Undo what the start-up did, when the process ends."""\n'
    return f"def {name}():\n{docstring}{declared}{body}"


def _registration(facts: Facts, main: MainBlock, name: str, own: list[str]) -> Iterator[Edit]:
    """Register `name` as the hook's last statement; make a hook if there is none."""
    file = facts.file
    indent = indentation(file, main.guard.body[0])
    line = f"{indent}atexit.register({name})\n"
    if facts.hook is not None:
        yield from add_imports(file, ["atexit"])
        function = facts.hook.function
        for text in own:
            first = min(decorator.lineno for decorator in function.decorator_list)
            yield insert_before(file, first, f"{text.rstrip()}\n\n\n")
        yield insert_behind(file, last_line(function), line)
        return
    yield from add_imports(file, ["atexit", "functools"])
    hook = new_name(facts, "init_app", "start_app", "set_up_app")
    docstring = f'{indent}"""Do what the app needs before it serves, once in each process."""\n'
    text = f"@functools.cache\ndef {hook}():\n{docstring}{line}"
    yield hook_edit(file, main.guard, "\n\n".join([*(f"{t.rstrip()}\n" for t in own), text]))
    run = main.of(Role.RUN)[0].node
    start = file.offset(run.lineno, 0)
    yield Edit(Span(start, start), f"{indent}{hook}()\n")


def _declined(facts: Facts, main: MainBlock) -> Iterator[Diagnostic]:
    stays = {
        name for s in main.statements if s.role in {Role.PARSER, Role.MAIN_ONLY} for name in s.binds
    }
    for statement in main.of(Role.CLEAN_UP):
        place = facts.file.place(statement.node)
        if shares_a_line(facts.file, statement.node):
            yield rules.SHARED_LINE.at(place, "this statement would move, and shares its line")
        if what := dynamic_names(statement.node):
            yield rules.DYNAMIC_NAMES.at(place, f"{what} in clean-up can't be moved")
        for name in sorted(statement.reads & stays):
            message = f"clean-up reads {name}, which the main block alone binds"
            yield rules.MAIN_BLOCK_NAME.at(place, message)
    yield from _threads(facts)


def _threads(facts: Facts) -> Iterator[Diagnostic]:
    """Threads that are no daemons, anywhere in the project."""
    for source in facts.project.sources():
        for node in ast.walk(source.tree):
            match node:
                case ast.ClassDef(bases=bases) if any(
                    dotted(base).endswith(("Thread", "Timer")) for base in bases
                ):
                    message = f"{node.name} is a thread; whether it is a daemon can't be told"
                    yield rules.THREAD_OUTLIVES.at(source.place(node), message)
                case ast.Call(func=func) if (
                    full_name(func, facts.imports)
                    in {
                        "threading.Thread",
                        "threading.Timer",
                    }
                    and literal(keyword(node, "daemon")) is not True
                ):
                    message = "this thread is no daemon, and clean-up stands behind the run call"
                    yield rules.THREAD_OUTLIVES.at(source.place(node), message)
                case _:
                    pass
