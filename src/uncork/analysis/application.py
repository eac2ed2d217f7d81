"""The application object: where a script makes or imports it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.analysis.syntax import dotted, full_name, imported_names, imports_of, keyword

if TYPE_CHECKING:
    from uncork.source.file import SourceFile

FLASK = {"flask.Flask", "flask.app.Flask"}
_FACTORIES = {"app_factory", "create_app", "create_application", "make_app"}


@dataclass(frozen=True)
class Application:
    """An application object at module level.

    Args:
        name: what the module calls it.
        statement: the assignment or the import that binds it.
        creation: the call ``Flask(...)``; None where it is imported, or made by a factory.
    """

    name: str
    statement: ast.stmt
    creation: ast.Call | None

    @property
    def root_is_folder(self) -> bool:
        """Whether ``app.config.from_pyfile("config.py")`` finds the file beside the script.

        True for ``Flask(__name__)`` without a root or an instance folder of its own:
        its root path is the module's folder (flask.sansio.scaffold.get_root_path).
        """
        call = self.creation
        if call is None or not call.args:
            return False
        name_is_module = isinstance(call.args[0], ast.Name) and call.args[0].id == "__name__"
        moved = any(
            keyword(call, option) is not None
            for option in ("instance_relative_config", "root_path")
        )
        return name_is_module and not moved and all(k.arg for k in call.keywords)


def find_applications(file: SourceFile) -> list[Application]:
    """Every application object that the module's top level binds, in order."""
    imports = imports_of(file.tree)
    found = []
    for statement in file.tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call)
            ) if full_name(call.func, imports) in FLASK:
                found.append(Application(name, statement, call))
            case _:
                pass
    return found


def foreign_application(file: SourceFile, name: str) -> Application | None:
    """The application object of that name that the module's top level imports or has made.

    A call counts as an application factory by its name, as Flask's command line has it
    (flask.cli.find_best_app knows create_app and make_app).
    """
    for statement in file.tree.body:
        if name in imported_names(statement):
            return Application(name, statement, None)
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Call(func=func)) if (
                target == name and dotted(func).rpartition(".")[2] in _FACTORIES
            ):
                return Application(name, statement, None)
            case _:
                pass
    return None
