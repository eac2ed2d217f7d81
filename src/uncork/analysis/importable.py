"""Apps that a WSGI server can import as they are."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork.analysis.main_block import Role
from uncork.analysis.settings import find_settings
from uncork.analysis.syntax import full_name, imports_of
from uncork.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.source.file import SourceFile


def importable(facts: Facts) -> str:
    """The import string of wsgi.py's application object, if nothing else is needed, or ''.

    wsgi.py is the script itself, or binds at module level what the script runs: it
    imports the same object, or calls the same factory with the same arguments. The main
    block holds nothing that a server would miss.
    """
    main = facts.main
    if main is None or facts.hook is not None or find_settings(facts).settings:
        return ""
    app = facts.application or facts.made
    needed = [s for s in main.of(Role.START_UP, Role.CLEAN_UP) if not _makes(s.node, facts)]
    wsgi = facts.project.source(facts.file.path.with_name("wsgi.py"))
    if app is None or needed or wsgi is None:
        return ""
    if wsgi is facts.file:
        return f"wsgi:{app.flask}" if app is facts.application else ""
    try:
        bound = dict(_bound(wsgi))
    except SourceError:
        return ""
    own = f"{facts.file.path.stem}.{app.name}"
    meant = {own, *(form for name, form in _bound(facts.file) if name == app.name)}
    if app is facts.made:
        meant = {_form(app.statement, facts.imports)}
    names = [name for name in ("app", "application", *bound) if bound.get(name) in meant - {""}]
    return f"wsgi:{names[0]}{app.attribute}" if names else ""


def _makes(statement: ast.stmt, facts: Facts) -> bool:
    return facts.made is not None and statement is facts.made.statement


def _bound(file: SourceFile) -> Iterator[tuple[str, str]]:
    """The names that module level binds by imports and by calls, with what they stand for."""
    imports = imports_of(file.tree)
    for statement in file.tree.body:
        match statement:
            case ast.ImportFrom(names=names):
                yield from ((a.asname or a.name, imports[a.asname or a.name]) for a in names)
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name, _form(statement, imports)
            case _:
                pass


def _form(statement: ast.stmt, imports: dict[str, str]) -> str:
    """What an assignment's call is, with its imports resolved; '' for anything else."""
    match statement:
        case ast.Assign(value=ast.Call(func=func, args=args, keywords=keywords)):
            given = [*map(ast.unparse, args), *(ast.unparse(keyword) for keyword in keywords)]
            called = full_name(func, imports)
            return f"{called}({', '.join(given)})" if "." in called else ""
        case _:
            return ""
