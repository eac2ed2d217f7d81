"""Dash: an object that holds the Flask object which servers are given, `app.server`."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from uncork.analysis.application import Application
from uncork.analysis.servers import Runner
from uncork.analysis.syntax import full_name, imported_names, imports_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uncork.analysis.servers import RunnerCall
    from uncork.source.file import SourceFile
    from uncork.source.project import Project

_DASH = {"dash.Dash", "dash.dash.Dash"}


def dash_names(file: SourceFile) -> set[str]:
    """The names that a module binds to ``Dash(...)``, wherever."""
    return {name for name, _, _ in _made(file, file.nodes)}


def dash_application(project: Project, name: str) -> Application | None:
    """The Dash object of that name that the script's top level makes or imports, or None.

    What servers are given is its attribute `server` (https://dash.plotly.com/deployment).
    """
    for made, statement, call in _made(project.main, project.main.tree.body):
        if made == name:
            return Application(name, statement, call, ".server")
    for statement in project.main.tree.body:
        if name in imported_names(statement) and _is_imported(project, statement, name):
            return Application(name, statement, None, ".server")
    return None


def with_imported(project: Project, runs: list[RunnerCall]) -> list[RunnerCall]:
    """The run calls, where ``app.run()`` is Dash's if another module made that app."""
    return [
        replace(run, runner=Runner.DASH)
        if run.runner is Runner.FLASK
        and any(_is_imported(project, s, run.application) for s in project.main.tree.body)
        else run
        for run in runs
    ]


def _made(file: SourceFile, nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.stmt, ast.Call]]:
    imports = imports_of(file.tree)
    for node in nodes:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call)
            ) if full_name(call.func, imports) in _DASH:
                yield name, node, call
            case _:
                pass


def _is_imported(project: Project, statement: ast.stmt, name: str) -> bool:
    """Whether an import statement binds a name to a Dash object of another module."""
    if not isinstance(statement, ast.ImportFrom) or name not in imported_names(statement):
        return False
    theirs = imported_names(statement)[name].rpartition(".")[2]
    base = project.script.parent
    if statement.level:
        base = project.script.parents[min(statement.level, len(project.script.parents)) - 1]
    folder = base.joinpath(*(statement.module or "").split("."))
    for path in (folder.with_name(f"{folder.name}.py"), folder / "__init__.py"):
        source = project.source(path)
        if source is not None and source in project.parsed():
            return theirs in dash_names(source)
    return False
