"""Files: paths that depend on the current folder, and what is written beside the code."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from uncork import rules
from uncork.analysis.syntax import argument, dotted, full_name, imports_of, keyword, literal
from uncork.checks.sources import app_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic
    from uncork.source.file import SourceFile

_READERS = {
    "cv2.imread", "io.open", "joblib.load", "numpy.load", "numpy.loadtxt", "open",
    "os.listdir", "os.scandir", "os.walk", "glob.glob", "pandas.read_csv", "pandas.read_excel",
    "pandas.read_json", "pandas.read_pickle", "PIL.Image.open", "torch.load",
}  # fmt: skip
_WRITERS = {
    "logging.FileHandler", "logging.handlers.RotatingFileHandler",
    "logging.handlers.TimedRotatingFileHandler", "os.makedirs", "os.mkdir", "shelve.open",
    "sqlite3.connect", "joblib.dump",
}  # fmt: skip
# By its position, where that is not the first.
_POSITIONS = {"joblib.dump": 1}
_SAVERS = {"save", "to_csv", "to_excel", "to_json", "to_pickle"}
_WRITING_METHODS = {"mkdir", "touch", "write_bytes", "write_text"}
_READING_METHODS = {"read_text", "read_bytes"}
_OPENERS = {"open", "io.open"}
_JOINERS = {"os.path.join", "os.path.abspath", "os.path.realpath", "pathlib.Path", "str",
            "os.fspath", "os.path.dirname", "werkzeug.utils.safe_join"}  # fmt: skip
_ELSEWHERE = re.compile(r"[/~\\:]|[A-Za-z]:[\\/]|[a-z][a-z0-9+.]*:|$")
_MAX_STEPS = 12
_SQLITE = re.compile(r"sqlite:///(?!/)(?P<path>[^/:?][^?]*)")


class _Origin(NamedTuple):
    """Where a path starts, and how it is spelled: relative to the current folder or the code."""

    text: str
    beside_code: bool


class _Access(NamedTuple):
    node: ast.expr
    path: ast.expr
    writes: bool


def findings(facts: Facts) -> Iterator[Diagnostic]:
    """One finding for each path of a file; that it is written weighs more."""
    for source in app_sources(facts):
        paths = _Paths(source)
        seen: dict[str, Diagnostic] = {}
        for access in _accesses(source, paths.imports):
            origin = paths.origin(access.path)
            if origin is None or (origin.beside_code and not access.writes):
                continue
            known = seen.get(origin.text)
            if known is None or (access.writes and known.rule is rules.RELATIVE_PATH):
                seen[origin.text] = _diagnostic(source, access, origin)
        yield from seen.values()
        yield from _databases(source)


def _diagnostic(source: SourceFile, access: _Access, origin: _Origin) -> Diagnostic:
    place = source.place(access.node)
    if access.writes:
        where = "beside the code" if origin.beside_code else "in the current folder"
        return rules.WRITES_BESIDE_CODE.at(place, f"{origin.text} is written {where}")
    message = f"{origin.text} is looked for in the folder that the server is started from"
    return rules.RELATIVE_PATH.at(place, message)


def _accesses(source: SourceFile, imports: dict[str, str]) -> Iterator[_Access]:
    """The calls that read or write a file whose path they are given."""
    for node in source.of(ast.Call):
        name = full_name(node.func, imports)
        if name in _OPENERS:
            path, mode = argument(node, 0, "file"), literal(argument(node, 1, "mode"))
            if path is not None:
                yield _Access(
                    node, path, isinstance(mode, str) and not set(mode).isdisjoint("wax+")
                )
        elif name in _READERS or name in _WRITERS:
            given = node.args[_POSITIONS.get(name, 0) :]
            if given and not isinstance(given[0], ast.Starred):
                yield _Access(node, given[0], name in _WRITERS)
        elif name == "logging.basicConfig" and (log := keyword(node, "filename")) is not None:
            yield _Access(node, log, True)
        elif isinstance(node.func, ast.Attribute):
            yield from _method(node, node.func, imports)


def _method(call: ast.Call, func: ast.Attribute, imports: dict[str, str]) -> Iterator[_Access]:
    """``frame.to_csv("x.csv")``, ``Path("x").write_text(...)``."""
    of_path = (
        isinstance(func.value, ast.Call) and full_name(func.value.func, imports) == "pathlib.Path"
    )
    if of_path and func.attr in _WRITING_METHODS | _READING_METHODS:
        yield _Access(call, func.value, func.attr in _WRITING_METHODS)
    elif func.attr in _SAVERS and call.args:
        given = literal(call.args[0])
        # `frame.to_json("records")` is no path.
        if not isinstance(given, str) or "." in given or "/" in given:
            yield _Access(call, call.args[0], True)


class _Paths:
    """Where the paths of a module start."""

    def __init__(self, source: SourceFile) -> None:
        self.imports = imports_of(source.tree)
        self._values: dict[str, ast.expr] = {}
        for statement in source.tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._values[name] = value
                case ast.Assign(targets=[ast.Subscript(value=owner) as target], value=value) if (
                    dotted(owner).endswith("config")
                ):
                    self._values[ast.unparse(target)] = value
                case _:
                    pass

    def origin(self, path: ast.expr) -> _Origin | None:
        """Where a path starts; None where that is elsewhere, or can't be told."""
        name = ""
        # Names may be bound to each other.
        for _ in range(_MAX_STEPS):
            match path:
                case ast.Constant(value=str(text)):
                    return _relative(text)
                case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
                    return _relative(text, f"{text}...")
                case ast.Name(id="__file__"):
                    return _Origin(name or "__file__", beside_code=True)
                case ast.Attribute(attr="root_path" | "static_folder" | "instance_path"):
                    return _Origin(name or dotted(path), beside_code=True)
                case ast.Name() | ast.Subscript() if (key := ast.unparse(path)) in self._values:
                    name, path = key, self._values[key]
                case _:
                    start = self._start(path)
                    if start is None:
                        return None
                    path = start
        return None

    def _start(self, path: ast.expr) -> ast.expr | None:
        """The part of an expression that the path which it makes starts with."""
        match path:
            case ast.JoinedStr(values=[ast.FormattedValue(value=value), *_]):
                return value
            case ast.BinOp(left=left, op=ast.Add() | ast.Mod() | ast.Div()):
                return left
            case ast.Attribute(attr="parent" | "parents", value=value):
                return value
            case ast.Subscript(value=ast.Attribute(attr="parents", value=value)):
                return value
            case ast.Call(
                func=ast.Attribute(attr="joinpath" | "resolve" | "absolute", value=value)
            ) if full_name(path.func, self.imports) not in _JOINERS:
                return value
            case ast.Call(func=func, args=[first, *_]) if full_name(func, self.imports) in _JOINERS:
                return first
            case _:
                return None


def _relative(text: str, shown: str = "") -> _Origin | None:
    if _ELSEWHERE.match(text) or "\n" in text or "<" in text:
        return None
    return _Origin(shown or text, beside_code=False)


def _databases(source: SourceFile) -> Iterator[Diagnostic]:
    """SQLite files that a setting names without a folder: Flask-SQLAlchemy's are the app's."""
    for node in source.of(ast.Constant) if source.mentions("sqlite:") else ():
        if isinstance(node.value, str):
            match = _SQLITE.match(node.value)
            if match:
                message = f"the database {match['path']} is written beside the code"
                yield rules.WRITES_BESIDE_CODE.at(source.place(node), message)
