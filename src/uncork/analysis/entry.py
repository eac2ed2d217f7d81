"""Entry-point modules: the few lines that a WSGI server imports."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.analysis.syntax import dotted, literal
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.source.file import SourceFile


@dataclass(frozen=True)
class Entry:
    """What an entry-point module of uncork's making says.

    Args:
        factory: the application factory's name.
        module: the script's module name, without ``.py``.
        names: what it imports from the script.
    """

    factory: str
    module: str
    names: tuple[str, ...]


def entry_of(file: SourceFile) -> Entry | None:
    """The entry point that a module is, or None.

    It is recognised by its form: a function, at module level, that imports the
    application object from the script inside its body and returns it. If that one is
    private, the factory is the public function that calls it.
    """
    functions = [s for s in file.tree.body if isinstance(s, ast.FunctionDef)]
    for function in functions:
        found = _import_inside(function)
        if found is None:
            continue
        factory = function.name
        if factory.startswith("_"):
            callers = [f.name for f in functions if f is not function and factory in _calls(f)]
            factory = callers[0] if callers else factory
        return Entry(factory, *found)
    return None


def _import_inside(function: ast.FunctionDef) -> tuple[str, tuple[str, ...]] | None:
    """The module and the names that a function imports, if it returns one of them."""
    for statement in _statements(function):
        match statement:
            case ast.ImportFrom(module=str(module), level=0, names=names) if _returned(function) & {
                alias.name for alias in names
            }:
                return module, tuple(alias.name for alias in names)
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Attribute(attr="import_module"), args=[value]),
            ) if name in _returned(function) and isinstance(literal(value), str):
                return str(literal(value)), ()
            case _:
                pass
    return None


def _statements(function: ast.FunctionDef) -> Iterator[ast.stmt]:
    """A function's statements, and those that it tries."""
    for statement in function.body:
        yield statement
        if isinstance(statement, ast.Try):
            yield from statement.body


def _returned(function: ast.FunctionDef) -> set[str]:
    """The names that a function returns, and of functions whose result it returns."""
    nodes = list(walk(function))
    values = [n.value for n in nodes if isinstance(n, ast.Return) and n.value is not None]
    values += [value.func for value in values if isinstance(value, ast.Call)]
    names = {dotted(value).partition(".")[0] for value in values}
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=func)):
                names |= {dotted(func).partition(".")[0]} if name in names else set()
            case _:
                pass
    return names


def _calls(function: ast.FunctionDef) -> set[str]:
    return {
        node.func.id
        for node in walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def entry_module_script(file: SourceFile) -> str | None:
    """The file name of the script that an entry-point module imports, or None."""
    entry = entry_of(file)
    return f"{entry.module.replace('.', '/')}.py" if entry else None
