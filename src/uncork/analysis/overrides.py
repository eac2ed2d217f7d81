"""Statements of a script's own that put options into app.config."""

from __future__ import annotations

import ast

from uncork.analysis.syntax import dotted


def overrides_of(statement: ast.stmt, application: str, arguments: str) -> dict[str, str]:
    """Dest to key, where a statement does nothing but put options into app.config.

    That is ``app.config["KEY"] = args.x`` and ``app.config.update(KEY=args.x)``; anything
    else gives an empty answer.

    Args:
        statement: the statement.
        application: the application object's name.
        arguments: the name of the parsed arguments.
    """
    pairs: list[tuple[str, ast.expr]] = []
    match statement:
        case ast.Assign(
            targets=[ast.Subscript(value=owner, slice=ast.Constant(value=str(key)))], value=value
        ) if dotted(owner) == f"{application}.config":
            pairs = [(key, value)]
        case ast.Expr(value=ast.Call(func=func, args=[], keywords=keywords)) if (
            dotted(func) == f"{application}.config.update"
        ):
            pairs = [(keyword.arg or "", keyword.value) for keyword in keywords]
        case _:
            pass
    dests = {_dest(value, arguments): key for key, value in pairs}
    # Of an option that is put there twice one key would be lost.
    plain = "" not in dests and "" not in dests.values() and len(dests) == len(pairs)
    return dests if plain else {}


def _dest(node: ast.expr, arguments: str) -> str:
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=dest) if name == arguments:
            return dest
        case _:
            return ""
