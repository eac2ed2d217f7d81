"""The way from the main guard to the run call: the blocks that lead there, one in the other.

``if __name__ == "__main__": main()``, and `main` runs the app, or calls what does. The
functions on the way are those of the module itself that nothing decorates.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from uncork.analysis.purity import exit_status, is_banner, is_pure, is_pure_assignment
from uncork.analysis.servers import serves
from uncork.analysis.syntax import dotted, full_name, walk_here

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_LOG_METHODS = {"critical", "error", "exception", "info", "print_exc", "warn", "warning"}
_EXITS = {"sys.exit", "exit", "quit"}
Block: TypeAlias = ast.Module | ast.If | ast.FunctionDef


@dataclass(frozen=True)
class Step:
    """One block on the way, and the statement of it that leads on.

    Args:
        block: the module, the main guard or a function: its ``body`` holds the statement.
        statement: the one that runs the app, or calls the next function on the way.
        calls: the run calls, or the call of the next function, in the statement.
    """

    block: Block
    statement: ast.stmt
    calls: tuple[ast.Call, ...]


def functions_of(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """The functions of a module's top level that are bound once, plain and undecorated."""
    found: dict[str, ast.FunctionDef] = {}
    twice: set[str] = set()
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            if statement.name in found:
                twice.add(statement.name)
            found[statement.name] = statement
    return {
        name: function
        for name, function in found.items()
        if name not in twice and not function.decorator_list and not _is_generator(function)
    }


def way_to_run(tree: ast.Module, start: Block, runs: Collection[ast.Call]) -> tuple[Step, ...]:
    """The steps from a block to the run calls; empty where no one way leads to all of them.

    Args:
        tree: the module.
        start: the main guard, or the module where there is none.
        runs: the run calls.
    """
    steps: list[Step] = []
    functions = functions_of(tree)
    block = start
    while True:
        leading = [
            (statement, calls)
            for statement in block.body
            if (calls := tuple(_leading_calls(statement, runs, functions)))
        ]
        if len(leading) != 1:
            return ()
        statement, calls = leading[0]
        steps.append(Step(block, statement, calls))
        if all(call in runs for call in calls):
            return tuple(steps) if len(calls) == len(runs) else ()
        called = functions[_name(calls[0])] if len(calls) == 1 else None
        if called is None or any(step.block is called for step in steps):
            return ()
        block = called


def _leading_calls(
    node: ast.AST, runs: Collection[ast.Call], functions: dict[str, ast.FunctionDef]
) -> Iterator[ast.Call]:
    """The calls below a node that run the app, or call a function that does."""
    for inner in walk_here(node):
        if isinstance(inner, ast.Call) and (
            inner in runs or _reaches(_name(inner), runs, functions, set())
        ):
            yield inner


def _reaches(
    name: str,
    runs: Collection[ast.Call],
    functions: dict[str, ast.FunctionDef],
    seen: set[str],
) -> bool:
    if name not in functions or name in seen:
        return False
    seen.add(name)
    inside = [inner for statement in functions[name].body for inner in walk_here(statement)]
    return any(
        isinstance(inner, ast.Call)
        and (inner in runs or _reaches(_name(inner), runs, functions, seen))
        for inner in inside
    )


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_generator(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(inner, ast.Yield | ast.YieldFrom)
        for statement in function.body
        for inner in walk_here(statement)
    )


def main_step(
    steps: Sequence[Step], imports: dict[str, str], banners: Collection[str]
) -> Step | None:
    """The step whose block is the main block, or None where start-up work stands in several.

    It is the one that does more than to lead on; of none such, the last.

    Args:
        steps: the way.
        imports: the module's imports.
        banners: its functions that only tell the person at the terminal something.
    """
    working = [step for step in steps if not _only_leads_on(step, imports, banners)]
    if len(working) > 1 or not steps:
        return None
    return working[0] if working else steps[-1]


def _only_leads_on(step: Step, imports: dict[str, str], banners: Collection[str]) -> bool:
    return all(
        statement is step.statement
        or isinstance(statement, ast.Import | ast.ImportFrom | ast.Global)
        or is_banner(statement, imports, banners)
        or is_pure_assignment(statement, imports)
        or _leaves(statement, imports)
        for statement in step.block.body
    )


def tells(statement: ast.stmt, imports: dict[str, str]) -> bool:
    """Whether a statement of a handler only says what happened, or ends the program."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=method), args=given)) if (
            method in _LOG_METHODS
        ):
            return all(is_pure(argument, imports) for argument in given)
        case ast.Raise(exc=None):
            return True
        case _:
            return is_banner(statement, imports) or _leaves(statement, imports)


def _suppresses(item: ast.withitem, imports: dict[str, str]) -> bool:
    call = item.context_expr
    return isinstance(call, ast.Call) and full_name(call.func, imports) == "contextlib.suppress"


def _leaves(statement: ast.stmt, imports: dict[str, str]) -> bool:
    if isinstance(statement, ast.Return):
        return statement.value is None or is_pure(statement.value, imports)
    return exit_status(statement, imports) is not ...


def always_runs(step: Step, imports: dict[str, str]) -> bool:
    """Whether a step's statement does nothing but run the app, whatever its tests say.

    A call by itself, or as what the program exits with; a condition with such a call in
    each branch; a try statement around one that only says that it was stopped.
    """
    return _runs(step.statement, step.calls, imports)


def _runs(statement: ast.stmt, calls: Collection[ast.Call], imports: dict[str, str]) -> bool:
    if any(serves(statement, call) for call in calls):
        return True
    match statement:
        case ast.Expr(value=ast.Call(args=[argument], keywords=[]) as call):
            return argument in calls and full_name(call.func, imports) in _EXITS
        case ast.Return(value=value):
            return value in calls
        case ast.Raise(exc=ast.Call(func=func, args=[argument])):
            return argument in calls and dotted(func) == "SystemExit"
        case ast.If(test=test, body=body, orelse=orelse):
            return is_pure(test, imports) and all(
                _ends_in_run(branch, calls, imports) for branch in (body, orelse)
            )
        case ast.Try(body=body, handlers=handlers, orelse=[], finalbody=final):
            told = [*(inner for handler in handlers for inner in handler.body), *final]
            quiet = all(tells(inner, imports) for inner in told)
            return quiet and _ends_in_run(body, calls, imports)
        case ast.With(items=items, body=body):
            suppressed = all(_suppresses(item, imports) for item in items)
            return suppressed and _ends_in_run(body, calls, imports)
        case _:
            return False


def _ends_in_run(
    body: Sequence[ast.stmt], calls: Collection[ast.Call], imports: dict[str, str]
) -> bool:
    """Whether statements run the app, and do nothing else but what the terminal sees."""
    running = [inner for inner in body if _runs(inner, calls, imports)]
    others = [inner for inner in body if inner not in running]
    return len(running) == 1 and all(
        isinstance(inner, ast.Import | ast.ImportFrom)
        or is_banner(inner, imports)
        or is_pure_assignment(inner, imports)
        for inner in others
    )


def parameters_of(function: ast.FunctionDef) -> set[str]:
    """The names of a function's parameters."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra]
    return {argument.arg for argument in every}
