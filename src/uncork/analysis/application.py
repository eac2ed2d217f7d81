"""The application object: where a script makes or imports it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.analysis.syntax import dotted, full_name, imported_names, imports_of, keyword
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uncork.source.file import SourceFile

FLASK = {"flask.Flask", "flask.app.Flask"}
_WORDS = ("app", "flask", "server")
_FACTORIES = {"app_factory", "create_app", "create_application", "make_app"}


@dataclass(frozen=True)
class Application:
    """An application object at module level.

    Args:
        name: what the module calls it.
        statement: the assignment or the import that binds it.
        creation: the call ``Flask(...)``; None where it is imported, or made by a factory.
        attribute: where the Flask object is, if the name is bound to something around it:
            ``.server`` of a Dash object.
    """

    name: str
    statement: ast.stmt
    creation: ast.Call | None
    attribute: str = ""

    @property
    def flask(self) -> str:
        """The Flask object, as an expression."""
        return f"{self.name}{self.attribute}"

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
    own = {
        statement.name
        for statement in file.tree.body
        if isinstance(statement, ast.ClassDef)
        if any(full_name(base, imports) in FLASK for base in statement.bases)
    }
    found = []
    for statement in file.tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call)
            ) if full_name(call.func, imports) in FLASK:
                found.append(Application(name, statement, call))
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=made))):
                # What its __init__ hands to Flask's can't be told.
                if made in own:
                    found.append(Application(name, statement, None))
            case _:
                pass
    return found


def application_made(
    file: SourceFile, statements: Sequence[ast.stmt], name: str
) -> Application | None:
    """The application object that statements of a main block bind to a name, or None.

    It is made by ``Flask(...)``, by a function of the script that calls that, or by one
    that is an application factory by its name: ``app``, ``flask`` or ``server`` is in it.
    """
    imports = imports_of(file.tree)
    making = {
        function.name
        for function in file.tree.body
        if isinstance(function, ast.FunctionDef)
        for node in walk(function)
        if isinstance(node, ast.Call) and full_name(node.func, imports) in FLASK
    }
    for statement in statements:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=target), *_], value=ast.Call() as call)
                | ast.AnnAssign(target=ast.Name(id=target), value=ast.Call() as call)
            ) if target == name:
                if full_name(call.func, imports) in FLASK:
                    return Application(name, statement, call)
                factory = dotted(call.func).rpartition(".")[2]
                known = factory.islower() and any(word in factory for word in _WORDS)
                if known or dotted(call.func) in making:
                    return Application(name, statement, None)
            case ast.ImportFrom() if name in imported_names(statement):
                return Application(name, statement, None)
            case _:
                pass
    return None


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
