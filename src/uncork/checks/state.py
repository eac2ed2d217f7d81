"""State in module globals, threads and schedulers: what several processes have several times."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.main_block import Role
from uncork.analysis.requests import changes, request_functions
from uncork.analysis.syntax import dotted, full_name, imports_of
from uncork.checks.sources import app_sources
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uncork.analysis.facts import Facts
    from uncork.analysis.requests import Change
    from uncork.diagnostics import Diagnostic
    from uncork.source.file import SourceFile

_CONTAINERS = {
    "list", "dict", "set", "bytearray",
    "collections.Counter", "collections.OrderedDict", "collections.defaultdict",
    "collections.deque", "queue.LifoQueue", "queue.PriorityQueue", "queue.Queue",
    "queue.SimpleQueue",
}  # fmt: skip
_DISPLAYS = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
_BACKGROUND = {
    "_thread.start_new_thread", "multiprocessing.Process", "multiprocessing.context.Process",
    "multiprocessing.Pool", "threading.Thread", "threading.Timer",
}  # fmt: skip
_SCHEDULERS = {"flask_apscheduler.APScheduler", "sched.scheduler", "schedule.run_pending"}


def findings(facts: Facts) -> Iterator[Diagnostic]:
    """What requests change for all others, and what runs beside them."""
    for source in app_sources(facts):
        handlers = request_functions(source)
        if handlers:
            found = [change for function in handlers for change in changes(function)]
            yield from _changed(facts, source, found)
        yield from _background(facts, source, handlers)


def _changed(facts: Facts, source: SourceFile, found: list[Change]) -> Iterator[Diagnostic]:
    """One finding a name, at the first place in the file that changes it."""
    if not found:
        return
    shared = _Shared(facts, source)
    reported: set[str] = set()
    for change in sorted(found, key=lambda change: change.node.lineno):
        name = shared.name_of(change)
        if name and name not in reported:
            reported.add(name)
            message = f"{change.function.name}() changes {name}, which each process has for itself"
            yield rules.CHANGED_GLOBAL.at(source.place(change.node), message)


class _Shared:
    """Which names of a module are state that all requests share."""

    def __init__(self, facts: Facts, source: SourceFile) -> None:
        self._facts = facts
        self._imports = imports_of(source.tree)
        self._filled, self._objects = _state_of(source, self._imports)

    def name_of(self, change: Change) -> str:
        """The state that a change is about, or '' where it is none."""
        head, _, rest = change.name.partition(".")
        if head in self._imports:
            return change.name if self._is_of_module(change, self._imports[head], rest) else ""
        if not rest:
            return change.name if change.rebinds or head in self._filled else ""
        application = self._facts.application
        of_app = application is not None and application.name == head
        if change.rebinds:
            return change.name if of_app or head in self._objects else ""
        return change.name if of_app and rest == "config" else ""

    def _is_of_module(self, change: Change, imported: str, rest: str) -> bool:
        """Whether it is of another module: ``state.hits = 1``, ``from state import hits``."""
        if change.rebinds and "." not in rest and self._module(imported):
            return True
        for module, name in ((imported, rest), imported.rpartition(".")[::2]):
            other = self._module(module)
            if other is not None and not change.rebinds:
                filled, _ = _state_of(other, imports_of(other.tree))
                return name in filled and rest in ("", name)
        return False

    def _module(self, name: str) -> SourceFile | None:
        """The file of the running app that is a module of that name."""
        if not name.strip("."):
            return None
        *folders, module = name.strip(".").split(".")
        path = self._facts.file.path.parent.joinpath(*folders, f"{module}.py")
        other = self._facts.project.source(path)
        return other if other in self._facts.sources else None


def _state_of(source: SourceFile, imports: dict[str, str]) -> tuple[set[str], set[str]]:
    """The names that a module binds to containers, and to objects of its own classes."""
    classes = {s.name for s in source.tree.body if isinstance(s, ast.ClassDef)}
    classes.add("types.SimpleNamespace")
    filled, objects = set(), set(classes)
    for statement in source.tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                called = full_name(value.func, imports) if isinstance(value, ast.Call) else ""
                if isinstance(value, _DISPLAYS) or called in _CONTAINERS:
                    filled.add(name)
                elif called in classes:
                    objects.add(name)
            case _:
                pass
    return filled, objects


def _background(
    facts: Facts, source: SourceFile, handlers: Sequence[ast.stmt]
) -> Iterator[Diagnostic]:
    """Threads, processes and schedulers that are started with the app, and not by a request."""
    imports = imports_of(source.tree)
    modules = {name.partition(".")[0] for name in imports.values()}
    if modules.isdisjoint(_MODULES):
        return
    harmless = _main_alone(facts) if source is facts.file else set()
    in_requests = {id(node) for function in handlers for node in walk(function)}
    for node in source.of(ast.Call):
        if id(node) in harmless:
            continue
        name = full_name(node.func, imports)
        if _is_scheduler(name):
            message = f"{dotted(node.func)}() runs its jobs once in each process"
            yield rules.SCHEDULER.at(source.place(node), message)
        elif name in _BACKGROUND and id(node) not in in_requests:
            message = f"{dotted(node.func)}() works beside the server, in each process of it"
            yield rules.BACKGROUND_WORK.at(source.place(node), message)


_MODULES = {
    "_thread", "apscheduler", "flask_apscheduler", "multiprocessing", "sched", "schedule",
    "threading",
}  # fmt: skip


def _is_scheduler(name: str) -> bool:
    made = name.startswith("apscheduler.schedulers") and name.endswith("Scheduler")
    return made or name in _SCHEDULERS


def _main_alone(facts: Facts) -> set[int]:
    """What only the person at the terminal needs, such as a timer that opens the browser."""
    if facts.main is None:
        return set()
    stays = facts.main.of(Role.MAIN_ONLY, Role.AFTERWARDS, Role.RUN)
    return {id(node) for statement in stays for node in walk(statement.node)}
