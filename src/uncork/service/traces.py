"""What the source says about files: a conservative look, for the sandbox and for warnings.

It looks at names, not at values: what it finds is a sign and no proof, and what a
library does is not seen at all. That is why its silence tightens nothing; see
docs/decisions.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uncork.errors import Place
    from uncork.source.file import SourceFile


class Sign(Enum):
    """What a trace is a sign of."""

    WRITES = "the app writes files"
    HOME = "the app reads home folders"
    WRITABLE_CODE = "the app makes machine code while it runs"


@dataclass(frozen=True)
class Trace:
    """A sign in the source.

    Args:
        sign: of what.
        place: where it stands.
        what: what was seen, as the subject and verb of a sentence.
    """

    sign: Sign
    place: Place
    what: str


_WRITING_CALLS = {
    "sqlite3.connect": "it opens a sqlite data base",
    "shelve.open": "it opens a shelf",
    "dbm.open": "it opens a data base",
}
_WRITING_METHODS = {
    "write_text": "it writes a file",
    "write_bytes": "it writes a file",
    "mkdir": "it makes a folder",
    "makedirs": "it makes a folder",
    "save": "it saves a file",
    "FileHandler": "it logs into a file",
    "RotatingFileHandler": "it logs into a file",
    "TimedRotatingFileHandler": "it logs into a file",
}
_HOME_METHODS = {"expanduser", "home"}
_COMPILERS = {"numba", "jax", "torch", "tensorflow", "llvmlite"}
_SQLITE_URL = re.compile(r"sqlite(\+\w+)?:///")
_HOME_PATH = re.compile(r"(~/|/home/)")


def find_traces(sources: Iterable[SourceFile]) -> tuple[Trace, ...]:
    """Every sign in these files, in their order.

    Raises:
        SourceError: one of them can't be parsed.
    """
    return tuple(trace for source in sources for trace in _of_file(source))


def _of_file(source: SourceFile) -> Iterator[Trace]:
    nodes = [node for node in ast.walk(source.tree) if isinstance(node, ast.expr | ast.stmt)]
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
        for sign, what in _signs(node):
            yield Trace(sign, source.place(node), what)


def _signs(node: ast.expr | ast.stmt) -> Iterator[tuple[Sign, str]]:
    match node:
        case ast.Call(func=func):
            yield from _of_call(node, ast.unparse(func))
        case ast.Constant(value=str(text)) if _SQLITE_URL.match(text):
            yield Sign.WRITES, "it names a sqlite data base"
        case ast.Constant(value=str(text)) if _HOME_PATH.match(text):
            yield Sign.HOME, "it names a home folder"
        case ast.Import(names=names):
            for alias in names:
                yield from _of_import(alias.name)
        case ast.ImportFrom(module=str(module)):
            yield from _of_import(module)
        case _:
            pass


def _of_call(call: ast.Call, name: str) -> Iterator[tuple[Sign, str]]:
    method = name.rpartition(".")[2]
    if name in _WRITING_CALLS:
        yield Sign.WRITES, _WRITING_CALLS[name]
    elif method == "open" and any(re.search("[wax+]", mode) for mode in _modes(call)):
        yield Sign.WRITES, "it opens a file for writing"
    elif method in _WRITING_METHODS:
        yield Sign.WRITES, _WRITING_METHODS[method]
    elif method in _HOME_METHODS:
        yield Sign.HOME, "it looks for a home folder"


def _modes(call: ast.Call) -> Iterator[str]:
    """What could be the mode of ``open(path, mode)`` or ``path.open(mode)``."""
    given = [keyword.value for keyword in call.keywords if keyword.arg == "mode"]
    # The built-in function's first argument is the path; of a method it can be the mode.
    given += call.args[1:2] if isinstance(call.func, ast.Name) else call.args[:2]
    for node in given:
        match node:
            case ast.Constant(value=str(mode)) if re.fullmatch("[rwaxbt+U]{1,4}", mode):
                yield mode
            case _:
                pass


def _of_import(module: str) -> Iterator[tuple[Sign, str]]:
    if module.partition(".")[0] in _COMPILERS:
        yield Sign.WRITABLE_CODE, f"it imports {module}"
