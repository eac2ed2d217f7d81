"""Names that Flask and Dash have removed are replaced.

Why: an app that imports one of them does not start on the Flask of today, under whatever
server (https://flask.palletsprojects.com/en/stable/changes/).

What changes: ``Markup`` and ``escape`` are imported from markupsafe, ``flask.ext.NAME`` is
``flask_NAME``, what werkzeug's top level had comes from its modules; ``app.env`` becomes
what it was, ``os.environ.get("FLASK_ENV", "production")``. That means the same on old and
new versions. Dash's ``run_server`` becomes ``run``, and its component packages ``dash.dcc``
and ``dash.html``, where the requirements ask for a Dash that has these. All files of the
running app are looked at. Behind the run call ``before_first_request`` never did anything: the
decorator goes.

When it declines: never; what can't be replaced is left as it is, and `uncork check` names
it. Settings such as ``JSON_AS_ASCII``, which Flask 2.3 ignores, are left alone as well: with
their replacement the app would answer otherwise than it does now.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork.analysis.removed import (
    ENVIRONMENT,
    MOVED,
    asks_for,
    first_request_functions,
    is_environment,
    moved_alias,
    moved_module,
    sets_environment,
)
from uncork.analysis.servers import Runner, serves
from uncork.analysis.syntax import full_name, imports_of
from uncork.codemods.base import Rewrite
from uncork.source.edit import Edit, Span
from uncork.source.lines import add_imports, first_line, indentation, shares_a_line
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uncork.analysis.facts import Facts
    from uncork.codemods.base import MigrationOptions
    from uncork.source.file import SourceFile

ORDER = 0
_DASH_WITH_PARTS = (2, 5)
"""`dash.dcc` and `dash.html` came with 2.0, `Dash.run` with 2.5."""


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:  # noqa: ARG001 - a codemod's signature
    """Replace removed names, in every file of the app."""
    dash = asks_for(facts, "dash", _DASH_WITH_PARTS)
    environment = not any(sets_environment(n) for s in facts.sources for n in s.nodes)
    files = {}
    own: tuple[Edit, ...] = ()
    late = tuple(_late_hooks(facts))
    for source in facts.sources:
        edits = tuple(_edits(facts, source, dash=dash, environment=environment))
        if source is facts.file:
            own = edits
        elif edits:
            files[source.path] = source.edited(edits).content
    return Rewrite((*own, *late), files)


def _edits(facts: Facts, file: SourceFile, *, dash: bool, environment: bool) -> Iterator[Edit]:
    imports = imports_of(file.tree)
    inside_strings = {
        inner for node in file.nodes if isinstance(node, ast.JoinedStr) for inner in walk(node)
    }
    needed: set[str] = set()
    flask = facts.application.flask if facts.application and file is facts.file else ""
    for node in file.nodes:
        if node in inside_strings:
            continue
        match node:
            case ast.ImportFrom() | ast.Import() if not shares_a_line(file, node):
                yield from _import_edits(file, node, dash=dash)
            case ast.Attribute() if name := MOVED.get(full_name(node, imports)):
                needed.add(name.rpartition(".")[0])
                yield Edit(file.span(node), name)
            case ast.Attribute() | ast.Subscript() if environment and is_environment(node, flask):
                needed.add("os")
                yield Edit(file.span(node), ENVIRONMENT)
            case _:
                pass
    if dash and file is facts.file:
        yield from _run_server(facts)
    yield from add_imports(file, sorted(needed))


def _late_hooks(facts: Facts) -> Iterator[Edit]:
    """Take `before_first_request` away behind the run call, where it never did anything."""
    functions = first_request_functions(facts).values()
    calls = {run.call for run in facts.runs}
    running = False
    for statement in facts.file.tree.body:
        if running and statement in functions and not shares_a_line(facts.file, statement):
            line = first_line(statement)
            yield Edit(facts.file.line_span(line, line), "")
        leads = statement in facts.guards and bool(facts.way)
        running = running or leads or any(serves(statement, call) for call in calls)


def _run_server(facts: Facts) -> Iterator[Edit]:
    for run in facts.runs:
        func = run.call.func
        if run.runner is Runner.DASH and isinstance(func, ast.Attribute) and func.attr != "run":
            end = facts.file.span(func).end
            yield Edit(Span(end - len(func.attr), end), "run")


def _import_edits(
    file: SourceFile, node: ast.Import | ast.ImportFrom, *, dash: bool
) -> Iterator[Edit]:
    """Import what moved from where it is now, on a line of its own."""
    if isinstance(node, ast.ImportFrom) and node.level:
        return
    moved = [_moved(node, alias, dash=dash) for alias in node.names]
    if not any(moved):
        return
    lines = _lines([line for line in moved if line])
    indent = indentation(file, node)
    if all(moved):
        yield Edit(file.span(node), f"\n{indent}".join(lines))
        return
    cuts = list(_cuts(file, node.names, moved))
    if any("#" in file.slice(cut) for cut in cuts):
        return
    yield from (Edit(cut, "") for cut in cuts)
    end = file.span(node).end
    rest = file.slice(Span(end, file.line_span(node.end_lineno or 0, node.end_lineno or 0).end))
    behind = end + len(rest.rstrip("\r\n").encode())
    yield Edit(Span(behind, behind), "".join(f"\n{indent}{line}" for line in lines))


def _moved(
    node: ast.Import | ast.ImportFrom, alias: ast.alias, *, dash: bool
) -> tuple[str, str, str] | None:
    """The module, the name and the local name of an import that moved; the name may be ''."""
    if isinstance(node, ast.ImportFrom):
        name = moved_alias(node.module or "", alias.name, dash=dash)
        local = alias.asname or alias.name
    else:
        name = moved_module(alias.name, dash=dash) if alias.asname or "." not in alias.name else ""
        local = alias.asname or alias.name
    module, _, last = name.rpartition(".")
    return (module, last, local) if name else None


def _lines(moved: Sequence[tuple[str, str, str]]) -> list[str]:
    """The import statements, those from one module in one."""
    found: dict[str, list[str]] = {}
    plain = []
    for module, name, local in moved:
        if module:
            found.setdefault(module, []).append(name if name == local else f"{name} as {local}")
        else:
            plain.append(f"import {name}" if name == local else f"import {name} as {local}")
    return [*plain, *(f"from {module} import {', '.join(found[module])}" for module in found)]


def _cuts(
    file: SourceFile, aliases: Sequence[ast.alias], moved: Sequence[object]
) -> Iterator[Span]:
    """What to take out of a list of names, with the commas between them."""
    kept = [number for number, line in enumerate(moved) if not line]
    number = 0
    while number < len(aliases):
        if not moved[number]:
            number += 1
            continue
        following = next((n for n in kept if n > number), None)
        if following is None:
            yield Span(file.span(aliases[kept[-1]]).end, file.span(aliases[-1]).end)
            return
        yield Span(file.span(aliases[number]).start, file.span(aliases[following]).start)
        number = following
