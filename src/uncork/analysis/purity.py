"""Expressions and statements that the app can do without, or that can run anywhere.

"Pure" here means: evaluating it changes nothing and needs nothing but its names, so
that nobody misses it where it is not done. In doubt an expression is not pure.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork.analysis.syntax import dotted, full_name, walk_here
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Collection

_CONVERSIONS = {"bool", "float", "int", "str"}
_ENVIRONMENT = {"os.environ.get", "os.getenv"}
_PURE_CALLS = _CONVERSIONS | _ENVIRONMENT | {
    "abs", "dict", "format", "getattr", "len", "max", "min", "os.path.abspath", "os.path.basename",
    "os.path.dirname", "os.path.join", "pathlib.Path", "repr", "round",
}  # fmt: skip
_TEXT_METHODS = {"format", "lower", "replace", "split", "strip", "upper"}
_MAIN_ONLY_CALLS = {"print", "webbrowser.open", "webbrowser.open_new", "webbrowser.open_new_tab"}
_THREADS = {"threading.Timer": (1, "function"), "threading.Thread": (1, "target")}
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
    if not isinstance(call.func, ast.Attribute):
        return False
    owner, method = call.func.value, call.func.attr
    if method == "get":
        # Of a configuration: a queue's get() waits, and a client's asks somebody.
        return _root(owner).lower().endswith(("config", "settings"))
    if method == "join":
        return isinstance(owner, ast.Constant)
    text = isinstance(owner, ast.Constant | ast.JoinedStr | ast.Name | ast.Attribute | ast.Call)
    of_module = isinstance(owner, ast.Name) and owner.id in imports
    return method in _TEXT_METHODS and text and not of_module


def _root(node: ast.expr) -> str:
    """``config`` of ``config["server"]``, of ``config.get("server", {})`` and of itself."""
    match node:
        case ast.Subscript(value=owner) | ast.Call(func=ast.Attribute(value=owner, attr="get")):
            return _root(owner)
        case _:
            return dotted(node)


def is_fixed(node: ast.AST, imports: dict[str, str], arguments: str, *, environment: bool) -> bool:
    """Whether it makes no difference when a pure expression is evaluated.

    Constants, names (whoever asks looks after those), attributes of the parsed
    arguments and conversions of them.

    Args:
        node: an expression or a statement.
        imports: the module's imports.
        arguments: the name of the parsed arguments, or ''.
        environment: whether reading the environment counts as well.
    """
    for inner in walk(node):
        match inner:
            case ast.Attribute(value=ast.Name(id=name)) if name == arguments and arguments:
                pass
            case ast.Attribute() if environment and full_name(inner, imports).startswith("os."):
                pass
            case ast.Subscript(value=value) if environment:
                if full_name(value, imports) != "os.environ":
                    return False
            case ast.Call(func=func):
                name = full_name(func, imports)
                if name not in _CONVERSIONS | (_ENVIRONMENT if environment else set()):
                    return False
            case ast.Attribute() | ast.Subscript() | ast.Lambda() | ast.comprehension():
                return False
            case _:
                pass
    return True


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


def is_debug_switch(statement: ast.stmt, application: str) -> bool:
    """Whether a statement only sets the application object's debug mode to a literal.

    Flask.run takes the mode from there, and a WSGI server must not.
    """
    match statement:
        case ast.Assign(targets=[target], value=ast.Constant()) if application:
            forms = {f"{application}.debug", f"{application}.config['DEBUG']"}
            return ast.unparse(target) in forms
        case _:
            return False


def is_banner(
    statement: ast.stmt, imports: dict[str, str], banners: Collection[str] = frozenset()
) -> bool:
    """Whether a statement only tells the person at the terminal something.

    It binds nothing, and its calls reach only print, webbrowser or a timer that
    opens the browser.

    Args:
        statement: the statement.
        imports: the module's imports.
        banners: the module's functions that do nothing else (see `banner_functions`).
    """
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call() as call):
            return _is_banner_call(call, imports, banners)
        case ast.If(test=test, body=body, orelse=orelse):
            return is_pure(test, imports) and all(
                is_banner(inner, imports, banners) for inner in [*body, *orelse]
            )
        case _:
            return False


def _is_banner_call(call: ast.Call, imports: dict[str, str], banners: Collection[str]) -> bool:
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    if full_name(call.func, imports) in _MAIN_ONLY_CALLS | set(banners):
        return all(is_pure(argument, imports) for argument in arguments)
    match call:
        case ast.Call(func=ast.Attribute(attr="start", value=ast.Call() as thread), args=[]):
            return _opens_browser(thread, imports, banners)
        case _:
            return False


def _opens_browser(thread: ast.Call, imports: dict[str, str], banners: Collection[str]) -> bool:
    """Whether a call makes a thread or a timer that does no more than a banner does."""
    if full_name(thread.func, imports) not in _THREADS:
        return False
    position, name = _THREADS[full_name(thread.func, imports)]
    given = [*thread.args[position : position + 1]]
    given += [keyword.value for keyword in thread.keywords if keyword.arg == name]
    if len(given) != 1:
        return False
    target = given[0]
    if isinstance(target, ast.Lambda):
        return isinstance(target.body, ast.Call) and _is_banner_call(target.body, imports, banners)
    return full_name(target, imports) in _MAIN_ONLY_CALLS | set(banners)


def banner_functions(tree: ast.Module, imports: dict[str, str]) -> frozenset[str]:
    """The module's functions that only tell the person at the terminal something."""
    functions = {
        statement.name: statement
        for statement in tree.body
        if isinstance(statement, ast.FunctionDef) and not statement.decorator_list
    }
    found: frozenset[str] = frozenset()
    while True:
        more = frozenset(
            name
            for name, function in functions.items()
            if all(_in_banner_function(inner, imports, found) for inner in function.body)
        )
        if more == found:
            return found
        found = more


def _in_banner_function(
    statement: ast.stmt, imports: dict[str, str], banners: Collection[str]
) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=func, args=args)) if (
            full_name(func, imports) == "time.sleep"
        ):
            return all(is_pure(argument, imports) for argument in args)
        case ast.If(test=test, body=body, orelse=orelse):
            return is_pure(test, imports) and all(
                _in_banner_function(inner, imports, banners) for inner in [*body, *orelse]
            )
        case ast.Return(value=value):
            return value is None or is_pure(value, imports)
        case ast.Import() | ast.ImportFrom():
            return True
        case _:
            return is_banner(statement, imports, banners) or is_pure_assignment(statement, imports)


def exit_status(statement: ast.stmt, imports: dict[str, str]) -> object:
    """The status that a statement ends the program with, or `...` where it does not.

    One that is no literal comes back as ``"?"``.
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
            reads = {node.id for node in walk(test) if isinstance(node, ast.Name)}
            pure = is_pure(test, imports)
            return pure and arguments in reads and exit_status(body[-1], imports) == 0
        case _:
            return False
