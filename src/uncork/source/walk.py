"""`ast.walk` with a memory: most of what a plan costs would be walking the same trees again."""

from __future__ import annotations

import ast

_KEPT = "_uncork_nodes"


def walk(node: ast.AST) -> tuple[ast.AST, ...]:
    """The node and everything below it, in `ast.walk`'s order, without ``Load()`` and its like.

    The answer is kept with the node, where no field is. That takes trees which nobody
    changes, as those of a `SourceFile` are; whoever transforms one works on a copy
    that is parsed anew, and walks it by `ast.walk`.
    """
    kept: tuple[ast.AST, ...] | None = node.__dict__.get(_KEPT)
    if kept is None:
        # Without the node itself: a cycle would have to wait for the garbage collector.
        kept = tuple(_below(node))
        node.__dict__[_KEPT] = kept
    return (node, *kept)


def _below(node: ast.AST) -> list[ast.AST]:
    """What is below a node that the parser made.

    Such a node's attributes stand in the order of its fields; asking for them by name, as
    `ast.iter_fields` does, takes twice as long. Contexts are a third of all nodes, and one
    object each in the whole process.
    """
    found: list[ast.AST] = []
    pending: list[ast.AST] = [node]
    for each in pending:
        for value in each.__dict__.values():
            if value.__class__ is list:
                for item in value:
                    if isinstance(item, ast.AST):
                        pending.append(item)
                        found.append(item)
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                pending.append(value)
                found.append(value)
    return found
