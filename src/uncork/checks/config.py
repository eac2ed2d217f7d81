"""Config files: the app's config.py and what it loads by name; mistakes that are made there."""

from __future__ import annotations

import ast
import builtins
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.syntax import dotted, imported_names, imports_of
from uncork.checks.sources import app_sources
from uncork.errors import SourceError
from uncork.source.file import SourceFile
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic

_NAMES = {"config.py", "settings.py", "config.cfg", "settings.cfg", "app.cfg"}
_FLASK = {"flask.Flask", "flask.app.Flask", "flask.current_app"}
_KEY = re.compile(r"(?P<key>[A-Z][A-Z0-9_]*)[ \t]*=[ \t]*(?P<value>[^\s#\"'][^#]*?)[ \t]*(?:#|$)")


def config_files(facts: Facts) -> list[SourceFile]:
    """The config files that parse, wherever they are loaded from."""
    return [source for source in _candidates(facts) if _parses(source)]


def findings(facts: Facts) -> Iterator[Diagnostic]:
    """Values without quotes, and settings that are read as attributes."""
    for source in _candidates(facts):
        yield from _unquoted(source) if _parses(source) else _unparsable(source)
    for source in app_sources(facts):
        yield from _attributes(facts, source)


def _candidates(facts: Facts) -> Iterator[SourceFile]:
    """config.py and its like beside the script, and the files that from_pyfile() names."""
    folder = facts.file.path.parent
    loaded = {
        node.args[0].value
        for source in app_sources(facts)
        for node in (source.of(ast.Call) if source.mentions("from_pyfile") else ())
        if isinstance(node.func, ast.Attribute)
        and node.func.attr == "from_pyfile"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    for name in sorted(_NAMES | {name for name in loaded if isinstance(name, str)}):
        path = folder / PurePosixPath(name)
        content = facts.project.contents.get(path)
        if content is not None:
            yield facts.project.source(path) or SourceFile(path, content, facts.file.prefix)


def _parses(source: SourceFile) -> bool:
    try:
        return bool(source.tree)
    except SourceError:
        return False


def _unparsable(source: SourceFile) -> Iterator[Diagnostic]:
    """``HOST = 127.0.0.1``: what does not parse at a line that binds a setting."""
    try:
        source.tree  # noqa: B018 - raises
    except SourceError as error:
        line = error.place.line if error.place else None
        if line is None or not 0 < line <= len(source.lines):
            return
        match = _KEY.match(source.line(line))
        # What opens a bracket may go on in the next line.
        if match and not re.search(r"[(\[{\\\"']", match["value"]):
            message = f"the value of {match['key']} has no quotes"
            yield rules.UNQUOTED_SETTING.at(source.place(line), message)


def _unquoted(source: SourceFile) -> Iterator[Diagnostic]:
    """``GREETING = Hello``: a value that reads a name which the file does not bind."""
    statements = source.tree.body
    if any(isinstance(s, ast.ImportFrom) and s.names[0].name == "*" for s in statements):
        return
    known = set(dir(builtins)) | {"__file__", "__name__"}
    for node in source.nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            known.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            known.add(node.name)
        elif isinstance(node, ast.arg):
            known.add(node.arg)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            known.update(imported_names(node))
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name(id=key)], value=ast.expr() as value) if key.isupper():
                names = [n for n in walk(value) if isinstance(n, ast.Name)]
                if any(name.id not in known for name in names):
                    message = f"the value of {key} has no quotes"
                    yield rules.UNQUOTED_SETTING.at(source.place(statement), message)
            case _:
                pass


def _attributes(facts: Facts, source: SourceFile) -> Iterator[Diagnostic]:
    """``app.config.SOME_OPTION``, where app is Flask's."""
    imports = imports_of(source.tree)
    application = facts.application
    own = {application.name} if application and source is facts.file else set()
    for node in source.of(ast.Attribute):
        if not node.attr.isupper():
            continue
        owner, _, attribute = dotted(node.value).rpartition(".")
        if attribute != "config" or not owner:
            continue
        is_app = owner in own or imports.get(owner) in _FLASK or _imports_app(facts, imports, owner)
        if is_app or owner in _made(source, imports):
            message = f'{owner}.config.{node.attr} is an AttributeError: write ["{node.attr}"]'
            yield rules.CONFIG_ATTRIBUTE.at(source.place(node), message)


def _imports_app(facts: Facts, imports: dict[str, str], owner: str) -> bool:
    """Whether a name is the script's application object, imported."""
    application = facts.application
    script = f"{facts.file.path.stem}.{application.name}" if application else ""
    return bool(script) and imports.get(owner) == script


def _made(source: SourceFile, imports: dict[str, str]) -> set[str]:
    """The names that a file binds to ``Flask(...)``, in functions too."""
    return {
        target.id
        for node in source.nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if (imports.get(dotted(node.value.func)) or dotted(node.value.func)) in _FLASK
        for target in node.targets
        if isinstance(target, ast.Name)
    }
