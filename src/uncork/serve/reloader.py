"""Would ``python script`` have run the app under werkzeug's reloader?

The reloader runs a script twice: once as a parent that only watches files, once
as a child with WERKZEUG_RUN_MAIN=true (werkzeug/_reloader.py, restart_with_reloader).
Scripts do their start-up work only in the child, by testing that variable *before*
they call run, or only in the parent. So it must be known before the script starts,
and the source says it often enough. Where it does not, `uncork.serve.again` starts
the script a second time, as the reloader does. Pure.
"""

from __future__ import annotations

import ast
from enum import Flag, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VARIABLE = "WERKZEUG_RUN_MAIN"
FUNCTION = "is_running_from_reloader"
"""werkzeug.serving's own test of the variable."""
_RUNNERS = {"run", "run_server", "run_simple"}
_SERVER_WORDS = {"debug", "host", "port", "threaded", "use_debugger", "use_reloader"}
"""Keywords that tell a server's ``run`` from ``subprocess.run`` and ``scheduler.run``."""
_RELOADER_POSITION = 3
"""run_simple(hostname, port, application, use_reloader): werkzeug/serving.py."""
_DEBUG_POSITION = 2
"""Flask.run(host, port, debug): flask/app.py."""
_WORDS = (b"debug", b"DEBUG", b"use_reloader", b"run_simple", b"True)")


class Branches(Flag):
    """What a source asks of the variable: work of the child's, of the parent's, or both."""

    NONE = 0
    CHILD = auto()
    PARENT = auto()


def uses_reloader(source: bytes, environ: Mapping[str, str]) -> bool:
    """Whether the run calls in a script are sure to ask for the reloader, or for debug.

    What is only known when the script runs counts as no: a value such as
    ``debug=args.debug``, a condition around the call, a call in another file. A call
    that takes its debug from elsewhere follows ``app.debug``, which FLASK_DEBUG sets.

    Args:
        source: the script's bytes.
        environ: for FLASK_DEBUG.
    """
    debug = _flask_debug(environ)
    if not debug and not any(word in source for word in _WORDS):
        return False  # Most scripts: spare them the parsing.
    tree = _parsed(source)
    if tree is None:
        return False  # Python will say so when the script starts.
    scan = _Scan(debug)
    scan.visit(tree)
    sure = [call for call in scan.calls if any(k.arg in _SERVER_WORDS for k in call.keywords)]
    calls = sure or scan.calls
    return bool(calls) and all(scan.decide(call) and call not in scan.conditional for call in calls)


def branches_of(source: bytes) -> Branches:
    """What a source asks of the variable, as far as its form tells.

    Args:
        source: a module's bytes.
    """
    if VARIABLE.encode() not in source and FUNCTION.encode() not in source:
        return Branches.NONE
    tree = _parsed(source)
    found = Branches.NONE
    for test in () if tree is None else _tests(tree, []):
        found |= test
    return found


def _parsed(source: bytes) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def _flask_debug(environ: Mapping[str, str]) -> bool:
    # flask.helpers.get_debug_flag: anything but these is on.
    return environ.get("FLASK_DEBUG", "").lower() not in {"", "0", "false", "no"}


def _tests(node: ast.AST, above: list[ast.AST]) -> Iterator[Branches]:
    """The tests of the variable at a node and below it, each with its outcome in the child."""
    if _names_variable(node):
        yield _polarity(node, above)
        return
    above.append(node)
    for child in ast.iter_child_nodes(node):
        yield from _tests(child, above)
    above.pop()


def _names_variable(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and _name(node) == FUNCTION:
        return True
    return isinstance(node, ast.Constant) and node.value == VARIABLE


def _polarity(node: ast.AST, above: list[ast.AST]) -> Branches:
    """Follow a test outwards: a comparison and each ``not`` turn it; an ``else`` makes it both."""
    child = True
    for outer in reversed(above):
        match outer:
            case ast.Compare(ops=[ast.Eq()], comparators=[ast.Constant(value=value)]):
                child = child == (str(value).lower() == "true")
            case ast.Compare(ops=[ast.NotEq()], comparators=[ast.Constant(value=value)]):
                child = child == (str(value).lower() != "true")
            case ast.Compare(ops=[ast.Is() | ast.NotIn()]) | ast.UnaryOp(op=ast.Not()):
                child = not child
            case ast.If(orelse=[_, *_], test=test) | ast.IfExp(test=test) if _holds(test, node):
                return Branches.CHILD | Branches.PARENT
            case ast.stmt():
                break
            case _:
                pass
    return Branches.CHILD if child else Branches.PARENT


def _holds(tree: ast.AST, node: ast.AST) -> bool:
    return any(each is node for each in ast.walk(tree))


class _Scan(ast.NodeVisitor):
    """Collects run calls, constants, and assignments to ``app.debug``."""

    def __init__(self, debug: bool) -> None:
        self.calls: list[ast.Call] = []
        self.conditional: list[ast.Call] = []
        self._constants: dict[str, object] = {}
        self._debug = debug
        self._conditions = 0

    def visit_Call(self, node: ast.Call) -> None:
        if _name(node) in _RUNNERS:
            self.calls.append(node)
            if self._conditions:
                self.conditional.append(node)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        self._below(node, condition=not ast.unparse(node.test).startswith("__name__"))

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._below(node, condition=True)

    def _below(self, node: ast.AST, *, condition: bool) -> None:
        self._conditions += condition
        self.generic_visit(node)
        self._conditions -= condition

    def visit_Assign(self, node: ast.Assign) -> None:
        value = None if self._conditions else self._value(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                again = target.id in self._constants
                self._constants[target.id] = None if again else value
            elif _is_debug_setting(target):
                self._debug = bool(value)
        self.generic_visit(node)

    def decide(self, call: ast.Call) -> bool:
        """Whether this call would have used the reloader: Flask.run's own rule."""
        given = {keyword.arg: self._value(keyword.value) for keyword in call.keywords}
        if "use_reloader" in given:
            return bool(given["use_reloader"])
        if _name(call) == "run_simple":
            return self._positional(call, _RELOADER_POSITION)
        if "debug" in given:
            return bool(given["debug"])
        if len(call.args) > _DEBUG_POSITION:
            return self._positional(call, _DEBUG_POSITION)
        return self._debug

    def _positional(self, call: ast.Call, position: int) -> bool:
        return len(call.args) > position and bool(self._value(call.args[position]))

    def _value(self, node: ast.expr) -> object:
        if isinstance(node, ast.Constant):
            return node.value
        return self._constants.get(node.id) if isinstance(node, ast.Name) else None


def _name(call: ast.Call) -> str:
    """The last part of what is called."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _is_debug_setting(target: ast.expr) -> bool:
    """``app.debug = …`` or ``app.config["DEBUG"] = …``."""
    if isinstance(target, ast.Attribute):
        return target.attr == "debug"
    return (
        isinstance(target, ast.Subscript)
        and isinstance(target.slice, ast.Constant)
        and target.slice.value == "DEBUG"
    )
