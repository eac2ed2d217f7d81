"""Threads and the end of the process: which of them Python waits for before atexit's turn.

Python joins threads that are no daemons first (threading._shutdown), then calls what atexit
knows. A thread that clean-up is to end would never end, and the stop would hang.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.analysis.main_block import Role
from uncork.analysis.syntax import dotted, full_name, imports_of, keyword, literal, walk_called
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.source.file import SourceFile

_THREADS = {"threading.Thread", "threading.Timer"}


@dataclass(frozen=True)
class Thread:
    """A thread that Python waits for, or may wait for.

    Args:
        source: the file.
        node: the call that makes it, or the class that is one.
        name: what the result is bound to, or ''.
        problem: why clean-up might come too late.
        joined: whether clean-up waits for it, so that it may as well be a daemon.
    """

    source: SourceFile
    node: ast.Call | ast.ClassDef
    name: str
    problem: str
    joined: bool = False


def waited_for(facts: Facts) -> Iterator[Thread]:
    """The threads of the app that are no daemons, but for those that only open a browser."""
    joined = _joined(facts)
    main = facts.main
    quiet = {
        node
        for statement in (main.of(Role.MAIN_ONLY) if main else ())
        for node in walk(statement.node)
    }
    for source in facts.sources:
        imports = imports_of(source.tree)
        daemons = _set_daemons(source)
        targets = _targets(source)
        for node in source.nodes:
            if isinstance(node, ast.ClassDef) and _is_thread(node) and not _is_daemon(node):
                made = [c for c in source.nodes if _calls(c, node.name)]
                if not made or any(c not in daemons for c in made):
                    message = f"{node.name} is a thread, and whether it is a daemon can't be told"
                    yield Thread(source, node, node.name, message)
            if not isinstance(node, ast.Call) or node in daemons or node in quiet:
                continue
            if _is_scheduler(node, imports):
                message = "this scheduler's thread is no daemon"
                yield Thread(source, node, targets.get(node, ""), message)
            if full_name(node.func, imports) in _THREADS and not _says_daemon(node):
                name = targets.get(node, "")
                plain = full_name(node.func, imports) == "threading.Thread"
                fixed = keyword(node, "daemon") is None and all(k.arg for k in node.keywords)
                ends = source is facts.file and plain and fixed and bool(name) and name in joined
                message = "this thread is no daemon, and clean-up stands behind the run call"
                yield Thread(source, node, name, message, joined=ends)


def _joined(facts: Facts) -> set[str]:
    """What clean-up waits for by ``NAME.join()``."""
    found: set[str] = set()
    for statement in facts.main.of(Role.CLEAN_UP) if facts.main else ():
        for node in walk_called(statement.node, facts.file.tree):
            match node:
                case ast.Call(func=ast.Attribute(value=owner, attr="join"), args=[], keywords=[]):
                    found.add(dotted(owner))
                case _:
                    pass
    return found - {""}


def _targets(source: SourceFile) -> dict[ast.Call, str]:
    """The name that each call's result is bound to, if nothing else is bound to that."""
    found: dict[ast.Call, str] = {}
    bound: list[str] = []
    for node in source.nodes:
        match node:
            case ast.Assign(targets=[target], value=value):
                bound.append(dotted(target))
                if isinstance(value, ast.Call):
                    found[value] = dotted(target)
            case _:
                pass
    return {call: name for call, name in found.items() if bound.count(name) == 1}


def _set_daemons(source: SourceFile) -> set[ast.Call]:
    """Calls whose result becomes a daemon by a statement of the same block, before it starts."""
    found: set[ast.Call] = set()
    for node in source.nodes:
        for block in (getattr(node, field, None) for field in ("body", "orelse", "finalbody")):
            if isinstance(block, list):
                found |= set(_set_in(block))
    return found


def _set_in(block: list[ast.stmt]) -> Iterator[ast.Call]:
    pending: dict[str, ast.Call] = {}
    for statement in block:
        match statement:
            case ast.Assign(targets=[ast.Attribute(value=owner, attr="daemon")], value=value):
                made = pending.pop(dotted(owner), None)
                if made is not None and literal(value) is True:
                    yield made
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner, attr=method), args=args)):
                if method in {"setDaemon", "start"}:
                    made = pending.pop(dotted(owner), None)
                    if made is not None and [literal(argument) for argument in args] == [True]:
                        yield made
            case ast.Assign(targets=[target], value=ast.Call() as call):
                pending[dotted(target)] = call
            case _:
                pass


def _is_thread(node: ast.ClassDef) -> bool:
    return any(dotted(base).endswith(("Thread", "Timer")) for base in node.bases)


def _is_daemon(node: ast.ClassDef) -> bool:
    """Whether a thread's own ``__init__`` makes it a daemon, whatever it is given."""
    for method in node.body:
        if not isinstance(method, ast.FunctionDef) or method.name != "__init__":
            continue
        for statement in method.body:
            match statement:
                case ast.Expr(value=ast.Call(func=ast.Attribute(attr="__init__")) as call):
                    if literal(keyword(call, "daemon")) is True:
                        return True
                case ast.Assign(targets=[target], value=value) if dotted(target) == "self.daemon":
                    return literal(value) is True
                case ast.Expr(value=ast.Call(func=func, args=[value])):
                    if dotted(func) == "self.setDaemon" and literal(value) is True:
                        return True
                case _:
                    pass
    return False


def _calls(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) == name


def _says_daemon(call: ast.Call) -> bool:
    return literal(keyword(call, "daemon")) is True


def _is_scheduler(call: ast.Call, imports: dict[str, str]) -> bool:
    """APScheduler's thread is a daemon unless it is told not to be."""
    name = full_name(call.func, imports).rpartition(".")[2]
    return name == "BackgroundScheduler" and literal(keyword(call, "daemon")) is False
