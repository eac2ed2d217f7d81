"""Runner calls: where a script hands its app to a server."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork.analysis.application import find_applications
from uncork.analysis.dash import dash_names
from uncork.analysis.managers import MANAGERS, manager_calls
from uncork.analysis.servers import Runner, RunnerCall, Servers
from uncork.analysis.syntax import argument, dotted, full_name, imports_of, is_main_guard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.source.file import SourceFile


__all__ = ["Runner", "RunnerCall", "main_guards", "runner_calls", "runs_an_app"]


def runner_calls(file: SourceFile) -> list[RunnerCall]:
    """Every runner call of a module, wherever it stands, in source order."""
    imports = imports_of(file.tree)
    applications = {application.name for application in find_applications(file)}
    servers = Servers(file)
    found = [
        servers.placed(run)
        for node in file.nodes
        if isinstance(node, ast.Call)
        and (run := servers.run(node) or _runner(node, imports, applications, file))
    ]
    found = found or [*manager_calls(file)] or [*servers.unserved()]
    return sorted(found, key=lambda found: (found.call.lineno, found.call.col_offset))


def _runner(
    call: ast.Call, imports: dict[str, str], applications: set[str], file: SourceFile
) -> RunnerCall | None:
    if not isinstance(call.func, ast.Attribute) or not (name := dotted(call.func.value)):
        return None
    if call.func.attr == "run_server" or (call.func.attr == "run" and name in dash_names(file)):
        return RunnerCall(Runner.DASH, name, call)
    if call.func.attr != "run":
        return None
    if name in applications:
        return RunnerCall(Runner.FLASK, name, call)
    if "socketio" in name.lower() or name in _made_by(file, imports, "flask_socketio.SocketIO"):
        served = argument(call, 0, "app")
        return RunnerCall(Runner.SOCKETIO, dotted(served) if served else "", call)
    if name in _locals_made_by_flask(file, imports) or _is_imported_app(name, imports):
        return RunnerCall(Runner.FLASK, name, call)
    if _is_called_app(name) and any(map(_is_of_flask, imports.values())):
        return RunnerCall(Runner.FLASK, name, call)
    return None


def _is_imported_app(name: str, imports: dict[str, str]) -> bool:
    """Whether an imported object is an application by its name; absl's `app` is none."""
    known = {"app", "application", "server", "flask_app"}
    return name in imports and name.lower() in known and not imports[name].startswith("absl")


def _is_called_app(name: str) -> bool:
    """Whether a name, or an attribute of some object, is what people call an application."""
    return name.rpartition(".")[2] in {"app", "application"}


def _is_of_flask(module: str) -> bool:
    """Whether a module belongs to Flask or to what resembles it, so that `app` is a web app."""
    head = module.partition(".")[0]
    return head in {"apiflask", "connexion", "dash", "flask", "quart"} or head.startswith("flask_")


def _made_by(file: SourceFile, imports: dict[str, str], maker: str) -> set[str]:
    """Names that some statement binds to a call of `maker`."""
    return {
        target.id
        for node in file.nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and full_name(node.value.func, imports) == maker
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _locals_made_by_flask(file: SourceFile, imports: dict[str, str]) -> set[str]:
    """Names that some function binds to ``Flask(...)`` or to an application factory's result."""
    names = set()
    for node in file.nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=func)):
                called = full_name(func, imports)
                if called in {"flask.Flask", "flask.app.Flask"} or called.endswith(
                    ("create_app", "make_app")
                ):
                    names.add(name)
            case _:
                pass
    return names


def runs_an_app(file: SourceFile) -> bool:
    """Whether a module would serve an app if it were run as a script without arguments.

    Raises:
        SourceError: it can't be parsed.
    """
    # Beside a script that only runs the app, its manager is not meant.
    return any(run.runner not in MANAGERS for run in runner_calls(file))


def main_guards(file: SourceFile) -> Iterator[ast.If]:
    """The main guards at the module's top level."""
    for statement in file.tree.body:
        if isinstance(statement, ast.If) and is_main_guard(statement):
            yield statement
