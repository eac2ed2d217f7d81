"""Clean-up behind the run call is registered with atexit.

Why: no WSGI server comes back to the lines behind ``app.run()``. What they do at the end
(close a database, stop a scheduler) must be known to the process itself
(https://docs.python.org/3/library/atexit.html).

What changes: a single call of a method without arguments becomes
``atexit.register(object.method)``; anything else moves to ``close_app()``, which is
registered. The registration is the start-up hook's last statement: what is registered
last runs first, and multiprocessing's own exit hook must come after it. Lines that only
print, pass or exit stay. A thread that the clean-up waits for becomes a daemon, since Python
joins others before it calls what atexit knows.

When it declines: other threads that are no daemons; clean-up that reads what only the main
block binds, or that ends the program in the middle; exec, locals() and the like; statements
that share a line; a start-up hook of the script's own that returns early.
"""

from __future__ import annotations

import ast
import textwrap
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.annotations import annotation_problems
from uncork.analysis.bindings import dynamic_names, global_names
from uncork.analysis.hook import DOCSTRING
from uncork.analysis.main_block import Role
from uncork.analysis.purity import exit_status
from uncork.analysis.syntax import dotted, walk_here
from uncork.analysis.threads import waited_for
from uncork.codemods.base import Rewrite
from uncork.codemods.blocks import hook_edit, last_line_of_header, new_name, segments
from uncork.source.edit import Edit
from uncork.source.lines import (
    add_imports,
    add_keyword,
    indentation,
    insert_before,
    insert_behind,
    last_line,
    shares_a_line,
    with_comments,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.analysis.hook import StartUpHook
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
        "the clean-up runs when the process ends in order: uncork serve and gunicorn do so on "
        "SIGTERM and SIGINT, python and waitress-serve on SIGINT only",
    )
    daemons, told = _daemons(facts)
    edits = [*_registration(facts, main, name, own), *removed, *daemons]
    return Rewrite(tuple(edits), diagnostics=(note, *told))


def _single_method(facts: Facts, main: MainBlock) -> str:
    """``object.method``, if that is the whole clean-up and it stays what it is at start-up.

    `atexit.register` evaluates it then, and not when the process ends.
    """
    clean_up = main.of(Role.CLEAN_UP)
    match clean_up[0].node:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner)) as func, args=[], keywords=[]
            )
        ) if len(clean_up) == 1 and _is_bound_for_good(facts, owner):
            return dotted(func)
        case _:
            return ""


def _is_bound_for_good(facts: Facts, name: str) -> bool:
    """Whether only statements of the module itself and of the hook bind a name, unconditionally."""
    hook = facts.hook.function.body if facts.hook else []
    direct = {inner for s in [*facts.file.tree.body, *hook] for inner in _direct_targets(s)}
    bindings = [use.node for use in facts.names.uses(name) if not use.reads]
    return bool(bindings) and all(node in direct for node in bindings)


def _direct_targets(statement: ast.stmt) -> Iterator[ast.AST]:
    match statement:
        case ast.Assign(targets=targets):
            yield from targets
        case ast.Import() | ast.ImportFrom():
            yield statement
        case _:
            pass


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
    line = f"{indent}atexit.register({name})\n" if own else _in_place(facts, main, name)
    if facts.hook is not None:
        yield from add_imports(file, ["atexit"])
        function = facts.hook.function
        for text in own:
            first = min(decorator.lineno for decorator in function.decorator_list)
            yield insert_before(file, first, f"{text.rstrip()}\n\n\n")
        inner = indentation(file, function.body[-1])
        text = textwrap.indent(textwrap.dedent(line), inner)
        if facts.hook.returns_application:
            yield insert_behind(file, last_line(function.body[-2]), text)
        else:
            yield insert_behind(file, last_line(function), text)
        return
    yield from add_imports(file, ["atexit", "functools"])
    hook = new_name(facts, "init_app", "start_app", "set_up_app")
    docstring = f'{indent}"""{DOCSTRING}"""\n'
    text = f"@functools.cache\ndef {hook}():\n{docstring}{line}"
    yield hook_edit(file, main.guard, "\n\n".join([*(f"{t.rstrip()}\n" for t in own), text]))
    run = main.of(Role.RUN)[0].node
    number = next(n for n, s in enumerate(main.statements) if s.node is run)
    above = main.statements[number - 1].node if number else None
    floor = last_line(above) if above else last_line_of_header(file, main.guard)
    yield insert_before(file, with_comments(file, run, floor)[0], f"{indent}{hook}()\n")


def _in_place(facts: Facts, main: MainBlock, method: str) -> str:
    """The lines of a single method's call, comments and all, with the registration in its place."""
    node = main.of(Role.CLEAN_UP)[0].node
    number = next(n for n, s in enumerate(main.statements) if s.role is Role.CLEAN_UP)
    text = segments(facts.file, main.guard)[number].text.lstrip("\n")
    above, _, behind = text.rpartition(facts.file.slice(facts.file.span(node)))
    return f"{above}atexit.register({method}){behind}"


def _declined(facts: Facts, main: MainBlock) -> Iterator[Diagnostic]:
    mains_own = main.of(Role.PARSER, Role.OVERRIDE, Role.MAIN_ONLY, Role.RUN)
    stays = {name for s in mains_own for name in s.binds}
    bound = set(global_names(facts, [s.node for s in main.of(Role.CLEAN_UP)]))
    for statement in main.of(Role.CLEAN_UP):
        place = facts.file.place(statement.node)
        if shares_a_line(facts.file, statement.node):
            yield rules.SHARED_LINE.at(place, "this statement would move, and shares its line")
        if what := dynamic_names(statement.node):
            yield rules.DYNAMIC_NAMES.at(place, f"{what} in clean-up can't be moved")
        for message in annotation_problems(statement.node, bound, facts.imports):
            yield rules.ANNOTATED_GLOBAL.at(place, message)
        for name in sorted(statement.reads & stays):
            message = f"clean-up reads {name}, which the main block alone binds"
            yield rules.MAIN_BLOCK_NAME.at(place, message)
        for inner in walk_here(statement.node):
            if isinstance(inner, ast.stmt) and exit_status(inner, facts.imports) is not ...:
                message = f"`{ast.unparse(inner)}` ends the program inside the clean-up"
                yield rules.EXIT_IN_CLEAN_UP.at(facts.file.place(inner), message)
    moved = {name for s in main.of(Role.CLEAN_UP) for name in s.binds}
    for statement in main.of(Role.AFTERWARDS):
        for name in sorted(statement.reads & moved):
            message = f"this line stays, and reads {name}, which the clean-up binds"
            yield rules.MAIN_BLOCK_NAME.at(facts.file.place(statement.node), message)
    if facts.hook is not None:
        yield from _hook_of_its_own(facts, facts.hook)
    yield from _threads(facts)


def _hook_of_its_own(facts: Facts, hook: StartUpHook) -> Iterator[Diagnostic]:
    """A hook whose last line can't be the registration: the script had it before."""
    last = hook.function.body[-1]
    body = hook.function.body[: -1 if hook.returns_application else None]
    inside = [inner for statement in body for inner in walk_here(statement)]
    leaves = any(isinstance(inner, ast.Return) for inner in inside)
    if leaves or shares_a_line(facts.file, last) or isinstance(last, ast.Raise):
        message = f"{hook.name}() returns early, so the clean-up can't be registered at its end"
        yield rules.HOOK_EXISTS.at(facts.file.place(hook.function), message)


def _threads(facts: Facts) -> Iterator[Diagnostic]:
    """Threads that are no daemons, and that clean-up does not wait for itself."""
    for thread in waited_for(facts):
        if not thread.joined:
            yield rules.THREAD_OUTLIVES.at(thread.source.place(thread.node), thread.problem)


def _daemons(facts: Facts) -> tuple[list[Edit], list[Diagnostic]]:
    """Make daemons of the threads that clean-up waits for."""
    edits, notes = [], []
    for thread in waited_for(facts):
        if thread.joined and isinstance(thread.node, ast.Call):
            edits.append(add_keyword(facts.file, thread.node, "daemon=True"))
            message = f"{thread.name} becomes a daemon, and clean-up still waits for it"
            notes.append(rules.THREAD_IS_DAEMON.at(facts.file.place(thread.node), message))
    return edits, notes
