"""The start-up hook: the function that does once in each process what the app needs."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.analysis.entry import entry_module_script
from uncork.analysis.runner import main_guards
from uncork.analysis.syntax import dotted, full_name, imports_of
from uncork.analysis.way import functions_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.source.file import SourceFile
    from uncork.source.project import Project

DOCSTRING = "Do what the app needs before it serves, once in each process."
MAKES = "Make the app and what it needs, once in each process."
_ONCE = {"functools.cache", "functools.lru_cache"}


@dataclass(frozen=True)
class StartUpHook:
    """A function at module level, cached, without parameters, that the main block calls.

    Args:
        name: its name.
        function: the function.
    """

    name: str
    function: ast.FunctionDef

    @property
    def returns_application(self) -> bool:
        """Whether it makes the application object, and returns it."""
        return isinstance(self.function.body[-1], ast.Return) and (
            self.function.body[-1].value is not None
        )


def find_hook(project: Project) -> StartUpHook | None:
    """The start-up hook of a script that was migrated.

    A cached function without parameters that the main block calls; and it has the hook's
    own docstring, or an entry point for the script calls it as well.
    """
    file = project.main
    served = _called_by_entry_points(project)
    imports = imports_of(file.tree)
    called = {
        statement.value.func.id
        for body in _bodies(file)
        for statement in body
        if isinstance(statement, ast.Expr | ast.Assign)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Name)
    }
    for statement in file.tree.body:
        if (
            isinstance(statement, ast.FunctionDef)
            and statement.name in called
            and not ast.unparse(statement.args)
            and any(_is_cache(decorator, imports) for decorator in statement.decorator_list)
            and (statement.name in served or ast.get_docstring(statement) in {DOCSTRING, MAKES})
        ):
            return StartUpHook(statement.name, statement)
    return None


def _bodies(file: SourceFile) -> Iterator[list[ast.stmt]]:
    """The blocks that may be the main block."""
    yield from (guard.body for guard in main_guards(file))
    yield from (function.body for function in functions_of(file.tree).values())


def _called_by_entry_points(project: Project) -> set[str]:
    return {
        dotted(node.func).rpartition(".")[2]
        for source in project.parsed(project.script.stem)
        if source.path.parent == project.script.parent
        and entry_module_script(source) == project.script.name
        for node in source.nodes
        if isinstance(node, ast.Call)
    }


def _is_cache(decorator: ast.expr, imports: dict[str, str]) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return full_name(called, imports) in _ONCE
