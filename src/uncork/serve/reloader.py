"""Would ``python script`` have run the app under werkzeug's reloader?

The reloader runs a script twice: once as a parent that only watches files, once
as a child with WERKZEUG_RUN_MAIN=true. Scripts do their start-up work only in
the child, by testing that variable *before* they call run. So it must be known
before the script starts, and the source says it often enough. Pure.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "WERKZEUG_RUN_MAIN"
_RUNNERS = {"run", "run_server", "run_simple"}
_RELOADER_POSITION = 3
"""run_simple(hostname, port, application, use_reloader): werkzeug/serving.py."""
_DEBUG_POSITION = 2
"""Flask.run(host, port, debug): flask/app.py."""
_WORDS = (b"debug", b"DEBUG", b"use_reloader", b"run_simple", b"True)")


def uses_reloader(source: bytes, environ: Mapping[str, str]) -> bool:
    """Whether a run call in a script asks for the reloader, by itself or through debug.

    A value that is only known when the script runs, such as ``debug=args.debug``,
    counts as no: that is what it is in production. A call that takes its debug
    from elsewhere follows ``app.debug``, which FLASK_DEBUG sets.

    Args:
        source: the script's bytes.
        environ: for FLASK_DEBUG.
    """
    debug = _flask_debug(environ)
    if not debug and not any(word in source for word in _WORDS):
        return False  # Most scripts: spare them the parsing.
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return False  # Python will say so when the script starts.
    scan = _Scan(debug)
    scan.visit(tree)
    return any(scan.decide(call) for call in scan.calls)


def _flask_debug(environ: Mapping[str, str]) -> bool:
    # flask.helpers.get_debug_flag: anything but these is on.
    return environ.get("FLASK_DEBUG", "").lower() not in {"", "0", "false", "no"}


class _Scan(ast.NodeVisitor):
    """Collects run calls, constants, and assignments to ``app.debug``."""

    def __init__(self, debug: bool) -> None:
        self.calls: list[ast.Call] = []
        self._constants: dict[str, object] = {}
        self._debug = debug

    def visit_Call(self, node: ast.Call) -> None:
        if _name(node) in _RUNNERS:
            self.calls.append(node)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        value = self._value(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._constants[target.id] = value
            elif _is_debug_setting(target):
                self._debug = value is not None and bool(value)
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
        return len(call.args) > position and self._value(call.args[position]) is True

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
