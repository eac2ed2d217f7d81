"""Which names statements must declare global when they move from a module into a function."""

from __future__ import annotations

import ast
import symtable
from typing import TYPE_CHECKING

from uncork.analysis.syntax import dotted, imported_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uncork.analysis.facts import Facts
    from uncork.analysis.scopes import Use


def global_names(facts: Facts, statements: Sequence[ast.stmt]) -> list[str]:
    """The names that moved statements must declare global, sorted.

    All that they bind, but for loop and with targets, imports, literals and caught
    exceptions that nothing else reads or binds: an object that looks unused may
    hold a folder, a thread or a manager alive.
    """
    inside = {node for statement in statements for node in ast.walk(statement)}
    kept = {
        use.name
        for use in facts.names.uses()
        if use.node not in inside or not _at_module_level(use, facts)
    }
    kept |= imported_by_others(facts)
    all_kept = uses_dynamic_names(facts.file.tree)
    return sorted(
        name
        for name in _bound(statements)
        if all_kept or name in kept or not _is_passing(name, statements)
    )


def _at_module_level(use: Use, facts: Facts) -> bool:
    """Whether a use is the module's own; a function's would need a closure, or a global."""
    scope = use.scope
    while scope.is_comprehension and scope.parent is not None:
        scope = scope.parent
    return scope is facts.names.module


def dynamic_names(node: ast.AST) -> str:
    """What in a statement binds or reads names out of sight, or ''."""
    for inner in ast.walk(node):
        match inner:
            case ast.Call(func=ast.Name(id="exec" | "eval" | "locals" | "globals" as name)):
                return f"{name}()"
            case ast.Call(func=ast.Name(id="vars" | "dir" as name), args=[]):
                return f"{name}()"
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                return "a star import"
            case _:
                pass
    return ""


def uses_dynamic_names(tree: ast.Module) -> bool:
    """Whether code of the module can reach its names by text; star imports can't."""
    kinds = ast.Import | ast.ImportFrom
    return any(dynamic_names(s) for s in tree.body if not isinstance(s, kinds))


def _bound(statements: Sequence[ast.stmt]) -> set[str]:
    """The names that statements bind at their own level, by symtable's word."""
    text = "\n".join(ast.unparse(statement) for statement in statements)
    table = symtable.symtable(text, "<moved>", "exec")
    return {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}


def _is_passing(name: str, statements: Sequence[ast.stmt]) -> bool:
    """Whether every binding of a name is one that nobody misses."""
    bindings = [
        binding
        for statement in statements
        for node in ast.walk(statement)
        for binding in _bindings(node)
        if binding[0] == name
    ]
    return bool(bindings) and all(passing for _, passing in bindings)


def _bindings(node: ast.AST) -> Iterator[tuple[str, bool]]:
    """The names that a node binds, each with whether that binding is a passing one."""
    match node:
        case ast.Import() | ast.ImportFrom():
            yield from ((name, True) for name in imported_names(node))
        case ast.For(target=target) | ast.AsyncFor(target=target):
            yield from ((name, True) for name in targets(target))
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from ((name, True) for name in targets(target))
        case ast.Assign(targets=assigned, value=value):
            passing = isinstance(value, ast.Constant)
            yield from ((name, passing) for target in assigned for name in targets(target))
        case ast.NamedExpr() | ast.AugAssign() | ast.AnnAssign():
            yield from ((name, False) for name in targets(node.target))
        case ast.MatchMapping(rest=str(name)):
            yield name, False
        case _:
            # Functions, classes, captures of a pattern, caught exceptions.
            bound = getattr(node, "name", None)
            if isinstance(bound, str) and not isinstance(node, ast.alias):
                yield bound, isinstance(node, ast.ExceptHandler)


def targets(target: ast.expr) -> Iterator[str]:
    """The plain names that an assignment to a target binds."""
    return (
        node.id
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )


def imported_by_others(facts: Facts) -> set[str]:
    """Names of the script that other modules of the project import or read."""
    module = facts.file.path.stem
    found: set[str] = set()
    for source in facts.sources:
        if source is facts.file:
            continue
        imported = _imports(source.tree)
        for node in ast.walk(source.tree):
            match node:
                case ast.ImportFrom(names=names) if _names_module(node, module):
                    found.update(alias.name for alias in names)
                case ast.Attribute(value=ast.Name() | ast.Attribute() as owner, attr=attr):
                    if module in imported and dotted(owner).rpartition(".")[2] == module:
                        found.add(attr)
                case _:
                    pass
    return found


def _names_module(node: ast.ImportFrom, module: str) -> bool:
    return (node.module or "").rpartition(".")[2] == module


def _imports(tree: ast.Module) -> set[str]:
    return {
        alias.name.rpartition(".")[2]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
