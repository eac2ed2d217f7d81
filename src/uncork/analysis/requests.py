"""Which functions run while requests are served, and what they change outside themselves."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from uncork.analysis.syntax import dotted
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.source.file import SourceFile

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

# flask.sansio.scaffold.Scaffold and App, Flask-SocketIO's `on` and `event`, Dash's `callback`.
_HANDLERS = {
    "after_request", "app_errorhandler", "before_app_request", "before_request", "callback",
    "context_processor", "endpoint", "errorhandler", "event", "on_event", "route",
    "teardown_appcontext", "teardown_request",
}  # fmt: skip
# Methods that stand for `route(methods=[...])` since Flask 2.0; others have such names, too.
_SHORT = {"delete", "get", "on", "patch", "post", "put"}
_VIEW_CLASSES = ("MethodView", "Resource", "View")
_CHANGERS = {
    "add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem",
    "popleft", "put", "put_nowait", "remove", "setdefault", "update",
}  # fmt: skip
_KINDS: tuple[type[ast.AST], ...] = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Call,
)
"""What registers a handler."""


class Change(NamedTuple):
    """A change of something that outlives the request.

    Args:
        name: what is changed, as the function spells it: ``hits``, ``state.hits``.
        rebinds: whether that name itself is bound anew; otherwise the object is changed.
        node: where.
        function: the function that runs while a request is served.
    """

    name: str
    rebinds: bool
    node: ast.expr
    function: Function


def request_functions(source: SourceFile) -> list[Function]:
    """A module's request handlers, and its functions that they call, directly or not."""
    by_name = {s.name: s for s in source.tree.body if isinstance(s, Function)}
    found: dict[Function, None] = {}
    pending = list(_handlers(source, by_name))
    handling = {function.name for function in pending}
    while pending:
        function = pending.pop(0)
        if function in found:
            continue
        found[function] = None
        if by_name.keys() <= handling:
            continue
        for node in walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                called = by_name.get(node.func.id)
                pending += [called] if called else []
    return list(found)


def _handlers(source: SourceFile, by_name: dict[str, Function]) -> Iterator[Function]:
    for node in (each for kind in _KINDS for each in source.of(kind)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if any(_registers(decorator) for decorator in node.decorator_list):
                    yield node
            case ast.ClassDef(bases=bases) if any(
                dotted(base).rpartition(".")[2].endswith(_VIEW_CLASSES) for base in bases
            ):
                yield from (s for s in node.body if isinstance(s, Function))
            case ast.Call(func=ast.Attribute(attr="add_url_rule"), args=args, keywords=keywords):
                values = [*args[2:3], *(k.value for k in keywords if k.arg == "view_func")]
                names = [value.id for value in values if isinstance(value, ast.Name)]
                yield from (by_name[name] for name in names if name in by_name)
            case _:
                pass


def _registers(decorator: ast.expr) -> bool:
    call = decorator.func if isinstance(decorator, ast.Call) else decorator
    if not isinstance(call, ast.Attribute):
        return False
    if call.attr in _HANDLERS:
        return True
    match decorator:
        case ast.Call(args=[ast.Constant(value=str()), *_]):
            return call.attr in _SHORT
        case _:
            return False


def changes(function: Function) -> Iterator[Change]:
    """What a function changes and has not bound itself: by ``global``, method, key or attribute.

    They are candidates: whether the module binds such a name, and to what, is for the
    caller. What is only filled once (``if x is None: x = load()``) is a cache, and left out.
    """
    nodes = list(walk(function))
    shared = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    own = _bound(nodes) - shared
    caches = {inner for node in nodes if isinstance(node, ast.If) for inner in _filled(node)}
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if name in shared:
                found = Change(name, True, node, function)
            case ast.Attribute(ctx=ast.Store() | ast.Del()):
                found = Change(dotted(node), True, node, function)
            case ast.Subscript(ctx=ast.Store() | ast.Del(), value=value):
                found = Change(_owner(value), False, node, function)
            case ast.Call(func=ast.Attribute(attr=attr, value=value)) if attr in _CHANGERS:
                found = Change(_owner(value), False, node, function)
            case _:
                continue
        if found.name and found.name.partition(".")[0] not in own and node not in caches:
            yield found


def _owner(value: ast.expr) -> str:
    """``a`` of ``a["x"]["y"]``."""
    while isinstance(value, ast.Subscript):
        value = value.value
    return dotted(value)


def _bound(nodes: list[ast.AST]) -> set[str]:
    names = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    names |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    # An import inside a function binds there, but what it names is shared all the same.
    return names | {n.name for n in nodes[1:] if isinstance(n, Function | ast.ClassDef)}


def _filled(test: ast.If) -> Iterator[ast.AST]:
    """What an ``if`` does for a name that had no value: ``is None``, ``not``, ``not in``."""
    match test.test:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Is()], comparators=[ast.Constant()]):
            known = name
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)):
            known = name
        case ast.Compare(ops=[ast.NotIn()], comparators=[ast.Name(id=name)]):
            known = name
        case _:
            return
    for statement in test.body:
        for node in walk(statement):
            match node:
                case ast.Name(id=name, ctx=ast.Store()) if name == known:
                    yield node
                case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()) if name == known:
                    yield node
                case _:
                    pass
