"""Expressions and statements that the app can do without, or that can run anywhere.

"Pure" here means: evaluating it changes nothing and needs nothing but its names, so
that it makes no difference when it runs. In doubt an expression is not pure.
"""

from __future__ import annotations

import ast

from uncork.analysis.syntax import full_name, walk_here

_PURE_CALLS = {
    "abs", "bool", "dict", "float", "format", "getattr", "int", "len", "list", "max", "min",
    "os.environ.get", "os.getenv", "os.path.abspath", "os.path.basename", "os.path.dirname",
    "os.path.join", "pathlib.Path", "repr", "round", "set", "sorted", "str", "sum", "tuple",
}  # fmt: skip
_PURE_METHODS = {"format", "get", "join", "lower", "replace", "split", "strip", "upper"}
_MAIN_ONLY_CALLS = {"print", "webbrowser.open", "webbrowser.open_new", "webbrowser.open_new_tab"}
_EXITS = {"sys.exit", "exit", "quit", "os._exit"}


def is_pure(node: ast.AST, imports: dict[str, str]) -> bool:
    """Whether evaluating an expression changes nothing."""
    impure = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
    for inner in walk_here(node):
        if isinstance(inner, impure):
            return False
        if isinstance(inner, ast.Call) and not _is_pure_call(inner, imports):
            return False
    return True


def _is_pure_call(call: ast.Call, imports: dict[str, str]) -> bool:
    if full_name(call.func, imports) in _PURE_CALLS:
        return True
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _PURE_METHODS:
        return False
    owner = call.func.value
    return isinstance(owner, ast.Constant | ast.JoinedStr | ast.Name | ast.Attribute) and not (
        # requests.get() is a method's name on a module: that is an effect.
        isinstance(owner, ast.Name) and owner.id in imports
    )


def is_pure_assignment(statement: ast.stmt, imports: dict[str, str]) -> bool:
    """Whether a statement only binds plain names to pure values."""
    match statement:
        case ast.Assign(targets=targets, value=value):
            return all(isinstance(target, ast.Name) for target in targets) and is_pure(
                value, imports
            )
        case ast.AnnAssign(target=ast.Name(), value=ast.expr() as value):
            return is_pure(value, imports)
        case ast.If(test=test, body=body, orelse=orelse):
            return is_pure(test, imports) and all(
                is_pure_assignment(inner, imports) or isinstance(inner, ast.Pass)
                for inner in [*body, *orelse]
            )
        case _:
            return False


def is_banner(statement: ast.stmt, imports: dict[str, str]) -> bool:
    """Whether a statement only tells the person at the terminal something.

    It binds nothing, and its calls reach only print, webbrowser or a Timer that
    opens the browser.
    """
    match statement:
        case ast.Pass():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call() as call):
            return _is_banner_call(call, imports)
        case ast.If(test=test, body=body, orelse=orelse):
            return is_pure(test, imports) and all(
                is_banner(inner, imports) for inner in [*body, *orelse]
            )
        case _:
            return False


def _is_banner_call(call: ast.Call, imports: dict[str, str]) -> bool:
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    if full_name(call.func, imports) in _MAIN_ONLY_CALLS:
        return all(is_pure(argument, imports) for argument in arguments)
    match call:
        case ast.Call(func=ast.Attribute(attr="start", value=ast.Call() as timer)) if (
            full_name(timer.func, imports) == "threading.Timer"
        ):
            return len(timer.args) > 1 and _opens_browser(timer.args[1], imports)
        case _:
            return False


def _opens_browser(target: ast.expr, imports: dict[str, str]) -> bool:
    if isinstance(target, ast.Lambda):
        return isinstance(target.body, ast.Call) and _is_banner_call(target.body, imports)
    return full_name(target, imports) in _MAIN_ONLY_CALLS


def exit_status(statement: ast.stmt, imports: dict[str, str]) -> object:
    """The status that a statement ends the program with, or `...` where it does not.

    A status that is no literal is None's opposite here: it comes back as ``"?"``.
    """
    match statement:
        case ast.Expr(value=ast.Call(func=func, args=args)) if full_name(func, imports) in _EXITS:
            return _status(args[0] if args else None)
        case ast.Raise(exc=ast.Call(func=ast.Name(id="SystemExit"), args=args)):
            return _status(args[0] if args else None)
        case ast.Raise(exc=ast.Name(id="SystemExit")):
            return 0
        case _:
            return ...


def _status(argument: ast.expr | None) -> object:
    if argument is None:
        return 0
    if isinstance(argument, ast.Constant):
        return argument.value or 0
    return "?"


def is_exit_option(statement: ast.stmt, arguments: str, imports: dict[str, str]) -> bool:
    """Whether a statement is an option that does one thing and exits with 0.

    ``if args.version: print(__version__); sys.exit()`` never happens while the app
    is served, so it stays in the main block.
    """
    match statement:
        case ast.If(test=test, body=body, orelse=[]):
            reads = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
            return arguments in reads and exit_status(body[-1], imports) == 0
        case _:
            return False
