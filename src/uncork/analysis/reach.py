"""Which files of a project are part of the running app: those that the script imports."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from uncork.source.file import SourceFile
    from uncork.source.project import Project

_DYNAMIC = {"__import__", "exec", "find_modules", "import_module", "iter_modules", "walk_packages"}


def reachable(project: Project) -> tuple[SourceFile, ...]:
    """The script and the project's modules that it imports, directly or through others.

    In doubt a file counts: text that is the name of a module may be imported by it, and
    a module that imports by names which it computes may import all of them.
    """
    found = {project.script: project.main}
    pending = [project.main]
    while pending:
        source = pending.pop()
        if _imports_dynamically(source):
            return tuple(project.parsed())
        for path in dict.fromkeys(_imported_paths(source, project.script.parent)):
            file = project.source(path)
            if file is not None and path not in found and file.parses:
                found[path] = file
                pending.append(file)
    return tuple(found.values())


def _imports_dynamically(source: SourceFile) -> bool:
    if not source.mentions(*_DYNAMIC):
        return False
    for node in source.of(ast.Call):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args):
                if name in _DYNAMIC and not (args and isinstance(args[0], ast.Constant)):
                    return True
            case _:
                pass
    return False


def _imported_paths(source: SourceFile, root: PurePosixPath) -> Iterator[PurePosixPath]:
    """Where the modules that a file names may stand; most of the paths do not exist."""
    for node in source.imports:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield from _paths(root, alias.name)
            case ast.ImportFrom(level=0, module=str(module), names=names):
                for alias in names:
                    yield from _paths(root, f"{module}.{alias.name}")
            case ast.ImportFrom(level=level, module=module, names=names):
                base = source.path.parents[level - 1] if level <= len(source.path.parents) else root
                for alias in names:
                    yield from _paths(base, f"{module}.{alias.name}" if module else alias.name)
                    yield base / "__init__.py"
    texts = {node.value for node in source.of(ast.Constant) if isinstance(node.value, str)}
    for text in sorted(texts):
        if text.replace(".", "_").isidentifier():
            yield from _paths(root, text)


def _paths(base: PurePosixPath, dotted: str) -> Iterator[PurePosixPath]:
    """The files of a dotted module and of the packages around it."""
    parts = [part for part in dotted.split(".") if part]
    for count in range(1, len(parts) + 1):
        path = base.joinpath(*parts[:count])
        yield path.with_name(f"{path.name}.py")
        yield path / "__init__.py"
