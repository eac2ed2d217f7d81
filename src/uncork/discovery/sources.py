"""What a file on disk is, by its source: a script that runs an app, an entry point, a module."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from uncork.analysis import runner
from uncork.analysis.application import find_applications, foreign_application
from uncork.analysis.entry import entry_module_script, entry_of
from uncork.errors import SourceError
from uncork.source.file import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

_APPLICATIONS = ("app", "application")
_FACTORIES = ("create_app", "make_app")
"""What Flask takes for an app, in this order: flask.cli.find_best_app."""


def imports_relatively(path: Path) -> bool:
    """Whether a file imports from its own package, so that only ``python -m`` can run it."""
    try:
        nodes = ast.walk(_read(path).tree)
        return any(isinstance(node, ast.ImportFrom) and node.level > 0 for node in nodes)
    except SourceError:
        return False


def entry_script(path: Path) -> str | None:
    """The script's file name, if a file is an entry point of uncork's making.

    Raises:
        SourceError: it can't be parsed.
    """
    return entry_module_script(_read(path))


def entry_factory(path: Path) -> str | None:
    """The application factory's name, if a file is an entry point of uncork's making.

    Raises:
        SourceError: it can't be parsed.
    """
    entry = entry_of(_read(path))
    return entry.factory if entry else None


def runs_an_app(path: Path) -> bool:
    """Whether a file would serve an app if it were run as a script.

    Raises:
        SourceError: it can't be parsed.
    """
    return runner.runs_an_app(_read(path))


def makes_an_app(path: Path) -> bool:
    """Whether a module has an app that Flask would find, or a factory by its name.

    Raises:
        SourceError: it can't be parsed.
    """
    file = _read(path)
    foreign = [foreign_application(file, name) for name in _APPLICATIONS]
    # ``import app`` binds a module.
    named = any(each and not isinstance(each.statement, ast.Import) for each in foreign)
    functions = {node.name for node in file.tree.body if isinstance(node, ast.FunctionDef)}
    return named or bool(find_applications(file)) or not functions.isdisjoint(_FACTORIES)


def _read(path: Path) -> SourceFile:
    return SourceFile(PurePosixPath(path.name), path.read_bytes())
