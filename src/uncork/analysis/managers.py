"""Command lines that run an app among other things: Flask-Script's managers, FlaskGroup."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork.analysis.application import find_applications
from uncork.analysis.servers import Runner, RunnerCall
from uncork.analysis.syntax import dotted, full_name, imports_of, keyword

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.source.file import SourceFile

MANAGERS = {Runner.MANAGER, Runner.COMMANDS}
_MAKERS = {"flask_script.Manager": Runner.MANAGER, "flask.cli.FlaskGroup": Runner.COMMANDS}
# What people call an application object, where another module made it.
_APPLICATIONS = {"app", "application", "flask_app", "server"}


def manager_calls(file: SourceFile) -> Iterator[RunnerCall]:
    """``manager.run()`` and ``cli()``, whose `runserver` and `run` commands serve the app.

    The application is '' where the manager is given a factory: only the command line knows
    what that is called with.
    """
    managers = dict(_managers(file))
    for node in file.nodes if managers else ():
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="run")):
                if name in managers and managers[name][0] is Runner.MANAGER:
                    yield RunnerCall(*managers[name], node)
            case ast.Call(func=ast.Name(id=name)):
                if name in managers and managers[name][0] is Runner.COMMANDS:
                    yield RunnerCall(*managers[name], node)
            case _:
                pass


def _managers(file: SourceFile) -> Iterator[tuple[str, tuple[Runner, str]]]:
    imports = imports_of(file.tree)
    made = {application.name for application in find_applications(file)}
    known = made | {name for name in imports if name in _APPLICATIONS}
    for node in file.nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=func) as call):
                runner = _MAKERS.get(full_name(func, imports))
                given = call.args[0] if call.args else keyword(call, "app")
                served = dotted(given) if given is not None else ""
                if runner is not None:
                    yield name, (runner, served if served in known else "")
            case _:
                pass
