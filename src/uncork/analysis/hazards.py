"""Hazards: what works in a script and fails, perhaps unseen, under a WSGI server."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.main_block import Role
from uncork.analysis.syntax import dotted, full_name, imports_of, modules_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic
    from uncork.source.file import SourceFile

_OTHER_SERVERS = {
    "connexion": "connexion 3 is an ASGI framework",
    "fastapi": "FastAPI is an ASGI framework",
    "flask_script": "Flask-Script runs the app from its own command line",
    "flask_sock": "websockets need a server that knows them",
    "flask_sockets": "websockets need a server that knows them",
    "flask_socketio": "Socket.IO needs a server that knows it",
    "quart": "Quart is an ASGI framework",
}
# Modules that are loaded before a server looks at the app: a script of that name is never found.
_LOADED_BEFORE = {*sys.stdlib_module_names, "click", "flask", "gunicorn", "jinja2", "waitress",
                  "werkzeug"}  # fmt: skip
_UNPICKLERS = {"cloudpickle.load", "cloudpickle.loads", "dill.load", "dill.loads", "joblib.load",
               "pandas.read_pickle", "pickle.load", "pickle.loads", "shelve.open", "torch.load",
               "cPickle.load", "cPickle.loads", "sklearn.externals.joblib.load"}  # fmt: skip


def find_hazards(facts: Facts) -> list[Diagnostic]:
    """What blocks a migration because another process, or another name, is in charge."""
    return [
        *_script_name(facts),
        *_other_servers(facts),
        *_main_module(facts),
        *_unpickling(facts),
        *_reloader(facts),
        *_removed_hook(facts),
    ]


def _script_name(facts: Facts) -> Iterator[Diagnostic]:
    stem = facts.file.path.stem
    if stem in _LOADED_BEFORE or stem == "__main__":
        message = f"{facts.file.path.name} would be imported as {stem}, which is another module"
        yield rules.SCRIPT_NAME.at(facts.file.place(), message)
    for node in ast.walk(facts.file.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            message = "a relative import: this is a module of a package, run with python -m"
            yield rules.SCRIPT_NAME.at(facts.file.place(node), message)
            break


def _other_servers(facts: Facts) -> Iterator[Diagnostic]:
    for source, node, names in _imports(facts):
        for name in names:
            reason = _OTHER_SERVERS.get(name.partition(".")[0])
            if reason:
                yield rules.UNSUPPORTED_RUNNER.at(source.place(node), reason)


def _imports(
    facts: Facts,
) -> Iterator[tuple[SourceFile, ast.Import | ast.ImportFrom, list[str]]]:
    for source in facts.sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield source, node, modules_of(node)


def _main_module(facts: Facts) -> Iterator[Diagnostic]:
    """Strings and imports that name the module __main__."""
    for source, statement, names in _imports(facts):
        if "__main__" in names:
            yield rules.NAMES_MAIN_MODULE.at(source.place(statement), "__main__ is imported")
    for source in facts.sources:
        compared = {
            side
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Compare)
            for side in [node.left, *node.comparators]
        }
        for node in ast.walk(source.tree):
            match node:
                case ast.Constant(value=str(text)) if node not in compared:
                    if text == "__main__" or text.startswith(("__main__:", "__main__.")):
                        message = f"{text!r} names the module __main__"
                        yield rules.NAMES_MAIN_MODULE.at(source.place(node), message)
                case _:
                    pass


def _unpickling(facts: Facts) -> Iterator[Diagnostic]:
    if not any(isinstance(node, ast.ClassDef) for node in ast.walk(facts.file.tree)):
        return
    for source, call in unpickling_calls(facts):
        message = f"{ast.unparse(call.func)}() in a script that defines classes"
        yield rules.UNPICKLES.at(source.place(call), message)


def unpickling_calls(facts: Facts) -> Iterator[tuple[SourceFile, ast.Call]]:
    """The calls that load pickled objects, anywhere in the project."""
    for source in facts.sources:
        imports = imports_of(source.tree)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and full_name(node.func, imports) in _UNPICKLERS:
                yield source, node


def _reloader(facts: Facts) -> Iterator[Diagnostic]:
    """Tests of WERKZEUG_RUN_MAIN, but for those around what main alone needs."""
    main = facts.main
    harmless = {
        node
        for statement in (main.of(Role.MAIN_ONLY) if main else ())
        for node in ast.walk(statement.node)
    }
    for source in facts.sources:
        imports = imports_of(source.tree)
        for node in ast.walk(source.tree):
            match node:
                case ast.Constant(value="WERKZEUG_RUN_MAIN") if node not in harmless:
                    message = "WERKZEUG_RUN_MAIN is asked for"
                    yield rules.RELOADER_TEST.at(source.place(node), message)
                case ast.Attribute() | ast.Name():
                    asked = full_name(node, imports)
                    if asked == "werkzeug.serving.is_running_from_reloader" and isinstance(
                        node.ctx, ast.Load
                    ):
                        message = "is_running_from_reloader() is asked for"
                        yield rules.RELOADER_TEST.at(source.place(node), message)
                case _:
                    pass


def _removed_hook(facts: Facts) -> Iterator[Diagnostic]:
    for source in facts.sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and node.attr == "before_first_request":
                message = f"{dotted(node)} does not exist since Flask 2.3"
                yield rules.REMOVED_HOOK.at(source.place(node), message)
