"""Which names statements must declare global when they move from a module into a function."""

from __future__ import annotations

import ast
import symtable
from typing import TYPE_CHECKING

from uncork.analysis.scopes import Names
from uncork.analysis.syntax import dotted, imported_names
from uncork.source.walk import walk

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
    inside = {node for statement in statements for node in walk(statement)}
    kept = {
        use.name
        for use in facts.names.uses()
        if use.node not in inside or not _at_module_level(use, facts)
    }
    kept |= imported_by_others(facts)
    all_kept = uses_dynamic_names(facts.file.tree)
    closures = set() if all_kept else _closures(facts, statements) - imported_by_others(facts)
    return sorted(
        name
        for name in _bound(statements) - closures
        if all_kept or name in kept or not _is_passing(name, statements)
    )


def _closures(facts: Facts, statements: Sequence[ast.stmt]) -> set[str]:
    """Names of a main function's own that stay local: only what moves with them uses them.

    They are decorated functions, or what such functions close over, so that the
    application that these are registered with holds them.
    """
    block = facts.step.block if facts.step else None
    if not isinstance(block, ast.FunctionDef):
        return set()
    inside = {node for statement in statements for node in walk(statement)}
    outside = {use.name for use in facts.names.uses() if use.node not in inside}
    declared = {n for s in walk(block) if isinstance(s, ast.Global) for n in s.names}
    registered = [
        statement
        for statement in statements
        if isinstance(statement, ast.FunctionDef) and statement.decorator_list
    ]
    held = {
        node.id
        for function in registered
        for statement in function.body
        for node in walk(statement)
        if isinstance(node, ast.Name)
    }
    return held.union(function.name for function in registered) - outside - declared


def _at_module_level(use: Use, facts: Facts) -> bool:
    """Whether a use is the module's own; a function's would need a closure, or a global."""
    scope = use.scope
    while scope.is_comprehension and scope.parent is not None:
        scope = scope.parent
    return scope is facts.names.module


def dynamic_names(node: ast.AST) -> str:
    """What in a statement binds or reads names out of sight, or ''.

    `locals()` inside a function is that function's own matter, wherever it stands.
    """
    for inner in walk(node):
        match inner:
            case ast.Call(func=ast.Name(id="exec" | "eval" | "globals" as name)):
                return f"{name}()"
            case ast.Call(func=ast.Name(id="locals" | "vars" | "dir" as name), args=[]) if (
                inner not in _in_functions(node)
            ):
                return f"{name}()"
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                return "a star import"
            case _:
                pass
    return ""


def _in_functions(node: ast.AST) -> set[ast.AST]:
    """What stands in the bodies of functions at or below a node."""
    return {
        inner
        for function in walk(node)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for part in (function.body if isinstance(function.body, list) else [function.body])
        for inner in walk(part)
    }


def uses_dynamic_names(tree: ast.Module) -> bool:
    """Whether code of the module can reach its names by text; star imports can't.

    The answer is kept with the tree, which nobody changes.
    """
    kept: bool | None = tree.__dict__.get("_dynamic")
    if kept is None:
        kinds = ast.Import | ast.ImportFrom
        kept = any(dynamic_names(s) for s in tree.body if not isinstance(s, kinds)) or any(
            _reaches_module(node) for node in walk(tree)
        )
        tree.__dict__["_dynamic"] = kept
    return kept


def _reaches_module(node: ast.AST) -> bool:
    """Whether a node gets at the module itself, or at a frame of it, as an object."""
    match node:
        case ast.Subscript(value=owner, slice=ast.Name(id="__name__")):
            return dotted(owner).rpartition(".")[2] == "modules"
        case ast.Call(func=func, args=[ast.Name(id="__name__")]):
            return dotted(func).rpartition(".")[2] in {"import_module", "__import__"}
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in {"_getframe", "currentframe", "getmodule"}
        case _:
            return False


def _bound(statements: Sequence[ast.stmt]) -> set[str]:
    """The names that statements bind at their own level, by symtable's word.

    It does not tell of a walrus in a comprehension, which binds outside (PEP 572).
    """
    own = Names(ast.Module(list(statements), [])).module.bound
    if any(isinstance(n, ast.Nonlocal) for statement in statements for n in walk(statement)):
        return own  # of a main function, and no module on its own
    text = "\n".join(ast.unparse(statement) for statement in statements)
    table = symtable.symtable(text, "<moved>", "exec")
    told = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    return told | own


def _is_passing(name: str, statements: Sequence[ast.stmt]) -> bool:
    """Whether every binding of a name is one that nobody misses."""
    bindings = [
        binding
        for statement in statements
        for node in walk(statement)
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
        for node in walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )


def imported_by_others(facts: Facts) -> set[str]:
    """Names of the script that other modules of the project import or read."""
    module = facts.file.path.stem
    found: set[str] = set()
    for source in facts.sources:
        if source is facts.file or not source.mentions(module):
            continue
        imported = _imports(source.tree)
        for node in source.nodes:
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
        for node in walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
