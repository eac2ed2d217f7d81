"""Hazards: what works in a script and fails, perhaps unseen, under a WSGI server."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.greenlets import eventlet_mode
from uncork.analysis.kept_parser import find_kept_parser
from uncork.analysis.main_block import Role
from uncork.analysis.reloader import reloader_tests
from uncork.analysis.removed import first_request_functions
from uncork.analysis.servers import Servers
from uncork.analysis.syntax import dotted, full_name, imports_of, modules_of, walk_here
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic
    from uncork.source.file import SourceFile

_OTHER_SERVERS = {
    "connexion": "connexion 3 is an ASGI framework",
    "fastapi": "FastAPI is an ASGI framework",
    "flask_sockets": "its websockets need the server of gevent-websocket",
    "geventwebsocket": "its websockets need a server of their own",
    "quart": "Quart is an ASGI framework",
}
# Modules that a server has loaded before it looks at the app, or finds first: waitress-serve
# appends the current folder to sys.path. Python does not list its own package `test`.
_FOUND_BEFORE = {*sys.stdlib_module_names, "click", "flask", "gunicorn", "jinja2", "test",
                 "waitress", "werkzeug"}  # fmt: skip
_UNPICKLERS = {"cloudpickle.load", "cloudpickle.loads", "dill.load", "dill.loads", "joblib.load",
               "pandas.read_pickle", "pickle.load", "pickle.loads", "shelve.open", "torch.load",
               "cPickle.load", "cPickle.loads", "sklearn.externals.joblib.load"}  # fmt: skip
_UNPICKLING = {name.partition(".")[0] for name in _UNPICKLERS}


def find_hazards(facts: Facts) -> list[Diagnostic]:
    """What blocks a migration because another process, or another name, is in charge."""
    return [
        *_script_name(facts),
        *_other_servers(facts),
        *eventlet_mode(facts),
        *_server_names(facts),
        *_listens_on_import(facts),
        *_main_module(facts),
        *_unpickling(facts),
        *_reloader(facts),
        *_removed_hook(facts),
    ]


def _script_name(facts: Facts) -> Iterator[Diagnostic]:
    path = facts.file.path
    package = path.with_suffix("") / "__init__.py"
    if path.stem in _FOUND_BEFORE or path.stem in {"__init__", "__main__"}:
        message = f"{path.name} would be imported as {path.stem}, which is another module"
        yield rules.SCRIPT_NAME.at(facts.file.place(), message)
    elif path.suffix != ".py" or "." in path.stem:
        message = f"{path.name} is no module's name: a server can't import it"
        yield rules.SCRIPT_NAME.at(facts.file.place(), message)
    elif package in facts.project.contents:
        message = f"{path.name} would be imported as {path.stem}, which is a package beside it"
        yield rules.SCRIPT_NAME.at(facts.file.place(), message)
    yield from _hiding(facts)
    for node in facts.file.nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            message = "a relative import: this is a module of a package, run with python -m"
            yield rules.SCRIPT_NAME.at(facts.file.place(node), message)
            break


def _hiding(facts: Facts) -> Iterator[Diagnostic]:
    """Imports of modules beside the script that are named like one of Python's own.

    Python puts the script's folder in front of its library, waitress-serve behind it.
    """
    beside, contents = facts.file.path.parent, facts.project.contents
    for source, node, names in _imports(facts):
        for name in sorted({name.partition(".")[0] for name in names} & _FOUND_BEFORE):
            if beside / f"{name}.py" in contents or beside / name / "__init__.py" in contents:
                message = (
                    f"the script finds the project's {name} first, and a server another module"
                )
                yield rules.SCRIPT_NAME.at(source.place(node), message)


def _other_servers(facts: Facts) -> Iterator[Diagnostic]:
    for source, node, names in _imports(facts):
        for name in names:
            reason = _OTHER_SERVERS.get(name.partition(".")[0])
            if reason:
                yield rules.UNSUPPORTED_RUNNER.at(source.place(node), reason)


def _server_names(facts: Facts) -> Iterator[Diagnostic]:
    """Names of a server that the run makes, where a function of the app reads them."""
    main = facts.main
    if main is None:
        return
    inside = {node for s in main.statements for node in walk(s.node)}
    for name in sorted({name for s in main.of(Role.RUN) for name in s.binds}):
        for use in facts.names.uses(name):
            function = use.scope.function()
            if use.reads and function is not None and use.node not in inside:
                message = f"{function.name}() reads {name}, the server that the main block makes"
                line = getattr(use.node, "lineno", function.lineno)
                yield rules.MAIN_BLOCK_NAME.at(facts.file.place(line), message)
                break


def _listens_on_import(facts: Facts) -> Iterator[Diagnostic]:
    """Sockets that are opened at module level, for a server that the main block starts."""
    if facts.direct_run is None:
        return
    servers = Servers(facts.file)
    for statement in facts.file.tree.body:
        if statement in facts.guards:
            continue
        for node in walk_here(statement):
            if isinstance(node, ast.Call) and servers.listens(node):
                message = f"`{ast.unparse(node.func)}()` opens a socket on import"
                yield rules.LISTENS_ON_IMPORT.at(facts.file.place(node), message)


def _imports(
    facts: Facts,
) -> Iterator[tuple[SourceFile, ast.Import | ast.ImportFrom, list[str]]]:
    for source in facts.sources:
        for node in source.imports:
            yield source, node, modules_of(node)


def _main_module(facts: Facts) -> Iterator[Diagnostic]:
    """Strings and imports that name the module __main__."""
    for source, statement, names in _imports(facts):
        if "__main__" in names:
            yield rules.NAMES_MAIN_MODULE.at(source.place(statement), "__main__ is imported")
    for source in facts.sources:
        if not source.mentions("__main__"):
            continue
        compared = {
            side
            for node in source.nodes
            if isinstance(node, ast.Compare)
            for side in [node.left, *node.comparators]
        }
        reader = find_kept_parser(source).reader
        if reader is not None:
            # What a migration wrote: it asks which program runs.
            compared |= {node for node in walk(reader) if isinstance(node, ast.expr)}
        for node in source.nodes:
            match node:
                case ast.Constant(value=str(text)) if node not in compared:
                    if text == "__main__" or text.startswith(("__main__:", "__main__.")):
                        message = f"{text!r} names the module __main__"
                        yield rules.NAMES_MAIN_MODULE.at(source.place(node), message)
                case _:
                    pass


def _unpickling(facts: Facts) -> Iterator[Diagnostic]:
    if not any(isinstance(node, ast.ClassDef) for node in facts.file.nodes):
        return
    for source, call in unpickling_calls(facts):
        message = f"{ast.unparse(call.func)}() in a script that defines classes"
        yield rules.UNPICKLES.at(source.place(call), message)


def unpickling_calls(facts: Facts) -> Iterator[tuple[SourceFile, ast.Call]]:
    """The calls that load pickled objects, anywhere in the project."""
    for source in facts.sources:
        imports = imports_of(source.tree)
        if any(name.partition(".")[0] in _UNPICKLING for name in imports.values()):
            for node in source.of(ast.Call):
                if full_name(node.func, imports) in _UNPICKLERS:
                    yield source, node


def _reloader(facts: Facts) -> Iterator[Diagnostic]:
    """Questions about the reloader whose answer is wrong under a server."""
    for test in reloader_tests(facts):
        if test.is_of_main_only(facts) or test.is_right:
            continue
        what = ast.unparse(test.node).strip("'")
        yield rules.RELOADER_TEST.at(test.source.place(test.node), f"{what} is asked for")


def _removed_hook(facts: Facts) -> Iterator[Diagnostic]:
    # With a main block, the codemod says itself which of those it can't replace.
    functions = first_request_functions(facts).values() if facts.main else ()
    known = {decorator for function in functions for decorator in function.decorator_list}
    for source in facts.sources:
        if not source.mentions("before_first_request"):
            continue
        for node in source.of(ast.Attribute):
            if node.attr == "before_first_request":
                if node in known:
                    continue
                message = f"{dotted(node)} does not exist since Flask 2.3"
                yield rules.REMOVED_HOOK.at(source.place(node), message)
