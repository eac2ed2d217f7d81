"""KeyboardInterrupt for scripts that end by it: their clean-up may stand in its ``except``.

werkzeug and waitress swallow it, so their run call returns. socketserver and
cheroot let it pass: a script that catches it around such a call does its clean-up
there, and one that does not has it behind the call or nowhere.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import sys
from typing import TYPE_CHECKING

from uncork.serve.native import in_main_thread
from uncork.serve.place import stands_in_library

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_CAUGHT_BY = {"KeyboardInterrupt", "BaseException"}


def interrupt_script() -> None:
    """Raise KeyboardInterrupt where the script catches it around its run call; else return.

    Raises:
        KeyboardInterrupt: in the main thread alone, as Python does it.
    """
    if not in_main_thread():
        return
    if any(_catches(frame) for frame in _users_frames()):
        raise KeyboardInterrupt


def calls_in_loop() -> bool:
    """Whether the user's nearest line above this call stands in a loop."""
    for frame in _users_frames():
        loops = (ast.While, ast.For)
        tree = _parsed(frame.f_code.co_filename)
        return any(
            _covers(node.body, frame.f_lineno) for node in ast.walk(tree) if isinstance(node, loops)
        ) or any(
            isinstance(node, ast.While) and _covers([node.test], frame.f_lineno)
            for node in ast.walk(tree)
        )
    return False


def _users_frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the only way to ask where we are
    while frame is not None:
        if not stands_in_library(frame.f_code.co_filename):
            yield frame
        frame = frame.f_back


def _catches(frame: FrameType) -> bool:
    """Whether the line that a frame is at is inside a block that ends by KeyboardInterrupt."""
    for node in ast.walk(_parsed(frame.f_code.co_filename)):
        if isinstance(node, ast.Try) and _covers(node.body, frame.f_lineno):
            if any(_names_it(handler.type) for handler in node.handlers):
                return True
        elif isinstance(node, ast.With) and _covers(node.body, frame.f_lineno):
            calls = [item.context_expr for item in node.items]
            if any(_suppresses(call) for call in calls):
                return True
    return False


def _covers(body: list[ast.stmt] | list[ast.expr], line: int) -> bool:
    last = body[-1]
    return body[0].lineno <= line <= (last.end_lineno or last.lineno)


def _names_it(expression: ast.expr | None) -> bool:
    match expression:
        case None:
            return True
        case ast.Tuple(elts=parts):
            return any(_names_it(part) for part in parts)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _CAUGHT_BY
        case _:
            return False


def _suppresses(expression: ast.expr) -> bool:
    match expression:
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=args):
            return any(_names_it(each) for each in args)
        case _:
            return False


@functools.cache
def _parsed(name: str) -> ast.Module:
    with contextlib.suppress(OSError, SyntaxError, ValueError), open(name, "rb") as file:  # noqa: PTH123 - as everywhere in this package
        return ast.parse(file.read())
    return ast.Module(body=[], type_ignores=[])
