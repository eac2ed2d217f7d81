"""Calls that read the program's own command line: parse_args() and what leads to it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork.analysis.syntax import full_name, keyword, walk_here

if TYPE_CHECKING:
    from collections.abc import Iterator

PARSE_METHODS = {
    "parse_args",
    "parse_intermixed_args",
    "parse_known_args",
    "parse_known_intermixed_args",
}
_MAKERS = {
    "argparse.ArgumentParser",
    "configargparse.ArgParser",
    "configargparse.ArgumentParser",
    "optparse.OptionParser",
}


def makes_parser(call: ast.Call, tree: ast.Module, imports: dict[str, str]) -> bool:
    """Whether a call makes an option parser.

    It calls one of the classes, a class of the module that is derived from one, or a
    function of the module without parameters that returns one that it has made.
    """
    name = full_name(call.func, imports)
    if name in _MAKERS:
        return True
    for statement in tree.body:
        match statement:
            case ast.ClassDef(name=own, bases=bases) if own == name:
                return any(full_name(base, imports) in _MAKERS for base in bases)
            case ast.FunctionDef(name=own) if own == name:
                return _returns_parser(statement, imports)
            case _:
                pass
    return False


def _returns_parser(function: ast.FunctionDef, imports: dict[str, str]) -> bool:
    made = {
        target.id
        for node in walk_body(function)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and full_name(node.value.func, imports) in _MAKERS
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return any(
        isinstance(node, ast.Return) and isinstance(node.value, ast.Name) and node.value.id in made
        for node in walk_body(function)
    )


def walk_body(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Everything in a function's own body, without the functions nested in it."""
    for statement in function.body:
        yield from walk_here(statement)


def own_parse_calls(function: ast.FunctionDef) -> list[ast.Call]:
    """The calls in a function that parse the program's own command line.

    Those are given nothing, None, ``sys.argv[1:]``, or a parameter whose default is None.
    """
    absent = _optional_parameters(function)
    found = []
    for node in walk_body(function):
        match node:
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in PARSE_METHODS:
                given = given_line(node)
                named = isinstance(given, ast.Name) and given.id in absent
                if given is None or named or ast.unparse(given) in ("None", "sys.argv[1:]"):
                    found.append(node)
            case _:
                pass
    return found


def given_line(call: ast.Call) -> ast.expr | None:
    """What a call of parse_args() is given as the command line, or None."""
    return call.args[0] if call.args else keyword(call, "args")


def _optional_parameters(function: ast.FunctionDef) -> set[str]:
    """The parameters whose default is None."""
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [*([None] * (len(plain) - len(arguments.defaults))), *arguments.defaults]
    pairs = [
        *zip(plain, defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {
        parameter.arg
        for parameter, default in pairs
        if isinstance(default, ast.Constant) and default.value is None
    }


def parsing_function(
    call: ast.Call, tree: ast.Module, imports: dict[str, str]
) -> ast.FunctionDef | None:
    """The function of the module that a call runs, if it parses the command line and returns.

    Args:
        call: ``get_args()``, say; one that is given a command line parses that.
        tree: the module.
        imports: its imports.
    """
    if not isinstance(call.func, ast.Name) or call.func.id in imports:
        return None
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == call.func.id:
            parses = own_parse_calls(statement)
            gives = any(
                isinstance(node, ast.Return) and node.value is not None
                for node in walk_body(statement)
            )
            if len(parses) != 1 or not gives or statement.decorator_list:
                return None
            given = given_line(parses[0])
            parameter = given.id if isinstance(given, ast.Name) else "argv"
            return (
                None
                if keyword(call, parameter) or _is_passed(call, statement, parameter)
                else statement
            )
    return None


def _is_passed(call: ast.Call, function: ast.FunctionDef, parameter: str) -> bool:
    names = [argument.arg for argument in [*function.args.posonlyargs, *function.args.args]]
    return parameter in names[: len(call.args)]
