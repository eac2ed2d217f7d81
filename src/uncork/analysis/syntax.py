"""Small questions about syntax that several analyses ask."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

SCOPES = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


def dotted(node: ast.expr) -> str:
    """``a.b.c`` for such an expression, else the empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (head := dotted(node.value)):
        return f"{head}.{node.attr}"
    return ""


def walk_here(node: ast.AST) -> Iterator[ast.AST]:
    """The node and what is below it, without the bodies of functions, classes and lambdas.

    What runs where it stands is entered: comprehensions, decorators, defaults, bases.
    """
    yield node
    children = ast.iter_child_nodes(node)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        body = node.body if isinstance(node.body, list) else [node.body]
        children = (child for child in children if child not in body)
    for child in children:
        yield from walk_here(child)


def walk_called(node: ast.AST, tree: ast.Module) -> Iterator[ast.AST]:
    """The node, what is below it, and the module's functions that it calls, and so on."""
    functions = {s.name: s for s in tree.body if isinstance(s, ast.FunctionDef)}
    pending: list[ast.AST] = [node]
    while pending:
        for inner in walk(pending.pop()):
            yield inner
            called = dotted(inner.func) if isinstance(inner, ast.Call) else ""
            if called in functions:
                pending.append(functions.pop(called))


def is_main_guard(node: ast.stmt) -> bool:
    """``if __name__ == "__main__":``, either way round."""
    match node:
        case ast.If(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])):
            pass
        case _:
            return False
    sides = {ast.unparse(left), ast.unparse(right)}
    return sides == {"__name__", "'__main__'"}


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument, or None."""
    return next((k.value for k in call.keywords if k.arg == name), None)


def argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """The value of an argument that may be given by position or by name, or None."""
    given = keyword(call, name)
    if given is not None:
        return given
    plain = call.args[: position + 1]
    if len(plain) > position and not any(isinstance(a, ast.Starred) for a in plain):
        return plain[position]
    return None


def literal(node: ast.expr | None) -> object:
    """The value of a literal, or `...` where it is none."""
    if node is None:
        return ...
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return ...


def imported_names(statement: ast.stmt) -> dict[str, str]:
    """What an import statement binds: the local name and the dotted name it stands for."""
    if isinstance(statement, ast.Import):
        return {
            alias.asname or alias.name.partition(".")[0]: (
                alias.name if alias.asname else alias.name.partition(".")[0]
            )
            for alias in statement.names
        }
    if isinstance(statement, ast.ImportFrom):
        module = "." * statement.level + (statement.module or "")
        return {alias.asname or alias.name: f"{module}.{alias.name}" for alias in statement.names}
    return {}


def modules_of(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules that an import statement names; of a relative one none."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if not node.level else []


def imports_of(tree: ast.Module) -> dict[str, str]:
    """The imports of a whole module, functions included: local name to dotted name.

    Nearly every analysis asks: the answer is kept with the tree, which nobody changes.
    """
    kept: dict[str, str] | None = tree.__dict__.get("_imports")
    if kept is None:
        kept = {}
        for node in walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                kept.update(imported_names(node))
        tree.__dict__["_imports"] = kept
    return dict(kept)


def full_name(node: ast.expr, imports: dict[str, str]) -> str:
    """The dotted name that an expression stands for once imports are resolved, or ''."""
    name = dotted(node)
    head, _, rest = name.partition(".")
    if head not in imports:
        return name
    return imports[head] + (f".{rest}" if rest else "")
