"""Socket.IO's modes and greenlets: which servers a migrated app can be given to.

Each combination was tried with Flask-SocketIO 5.7, gevent 26.9, eventlet 0.41 and
gunicorn 27.0: in gevent mode every server that is not gevent's hangs, gunicorn has no
eventlet worker any more, and what gevent or eventlet has patched hangs in gthread.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.servers import Runner
from uncork.analysis.syntax import full_name, imports_of, keyword, literal, modules_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic
    from uncork.source.file import SourceFile

_PATCHES = {
    "eventlet.monkey_patch": "eventlet",
    "eventlet.patcher.monkey_patch": "eventlet",
    "gevent.monkey.patch_all": "gevent",
    "gevent.monkey.patch_socket": "gevent",
    "gevent.monkey.patch_thread": "gevent",
}
_REQUIREMENT = re.compile(rb"""^[\s"'-]*(eventlet|gevent)\b""", re.MULTILINE | re.IGNORECASE)


def patched_by(node: ast.AST, imports: dict[str, str]) -> str:
    """The library that a call patches the standard library for, or ''."""
    return _PATCHES.get(full_name(node.func, imports), "") if isinstance(node, ast.Call) else ""


def patch_calls(facts: Facts) -> Iterator[tuple[SourceFile, ast.Call, str]]:
    """The calls that patch the standard library, anywhere in the app, each with its library."""
    for source in facts.sources:
        imports = imports_of(source.tree)
        for node in source.nodes:
            if isinstance(node, ast.Call) and (library := patched_by(node, imports)):
                yield source, node, library


def socket_io_mode(facts: Facts) -> str | None:
    """The mode of the app's Socket.IO server: '' where it can't be told; None without one.

    Without `async_mode` it takes eventlet, else gevent, if these are installed, else
    threads (engineio.base_server.BaseServer.async_modes): the project says which it needs.
    """
    made = [
        (keyword(node, "async_mode"), imports)
        for source in facts.sources
        for imports in [imports_of(source.tree)]
        if source.mentions("SocketIO", "async_mode")
        for node in source.of(ast.Call)
        if (
            full_name(node.func, imports) == "flask_socketio.SocketIO"
            or keyword(node, "async_mode") is not None
        )
    ]
    given = {literal(mode) for mode, _ in made if mode is not None} - {None}
    if not made and all(run.runner is not Runner.SOCKETIO for run in facts.runs):
        return None
    if given:
        mode = given.pop()
        return mode if isinstance(mode, str) and not given else ""
    named = _libraries(facts)
    return next((name for name in ("eventlet", "gevent") if name in named), "threading")


def _libraries(facts: Facts) -> set[str]:
    """Which of the two a module of the app imports, or its requirements name."""
    imported = {
        name.partition(".")[0]
        for source in facts.sources
        for node in source.nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in modules_of(node)
    }
    required = {
        match.decode().lower()
        for path, content in facts.project.contents.items()
        if path.suffix != ".py"
        for match in _REQUIREMENT.findall(content)
    }
    return (imported | required) & {"eventlet", "gevent"}


def eventlet_mode(facts: Facts) -> Iterator[Diagnostic]:
    """Socket.IO in eventlet mode, or in one that can't be told: only its own run serves it."""
    mode = socket_io_mode(facts)
    if mode in {None, "threading", "gevent"}:
        return
    said = "eventlet mode" if mode == "eventlet" else "a mode that can't be told"
    message = f"Socket.IO runs in {said}, which only socketio.run() serves"
    yield rules.SOCKET_IO_MODE.at(facts.file.place(facts.runs[0].call), message)


def serving_notes(facts: Facts, entry: str) -> Iterator[Diagnostic]:
    """Which servers may have the app, and by which command.

    Args:
        facts: of the script.
        entry: the import string that servers are given.
    """
    entry = entry or "wsgi:create_app"
    mode = socket_io_mode(facts)
    place = facts.file.place(facts.runs[0].call)
    if mode == "gevent":
        message = f"Socket.IO in gevent mode works under {_gunicorn('gevent', entry)}, and alone"
        yield rules.SOCKET_IO_SERVERS.at(place, f"{message} there")
        return
    if mode == "threading":
        message = (
            f"Socket.IO speaks websockets under uncork serve and {_gunicorn('gthread', entry)}; "
            "waitress-serve keeps to long polling"
        )
        yield rules.SOCKET_IO_SERVERS.at(place, message)
    for source, call, library in patch_calls(facts):
        best = (
            f"{_gunicorn('gevent', entry)} is made for it, "
            if library == "gevent"
            else "gunicorn has no worker for it, "
        )
        message = f"{library} patches the standard library: {best}uncork serve works, gthread hangs"
        yield rules.GREENLETS.at(source.place(call), message)
        break
    for source, node, name in _websockets(facts):
        message = (
            f"{name} speaks websockets under uncork serve and {_gunicorn('gthread', entry)}, and "
            "not under waitress-serve"
        )
        yield rules.SOCKET_IO_SERVERS.at(source.place(node), message)
        break


def _gunicorn(worker: str, entry: str) -> str:
    threads = " --threads 100" if worker == "gthread" else ""
    return f"`gunicorn --workers 1 --worker-class {worker}{threads} '{entry}()'`"


def _websockets(facts: Facts) -> Iterator[tuple[SourceFile, ast.stmt, str]]:
    for source in facts.sources:
        for node in source.nodes:
            if isinstance(node, ast.Import | ast.ImportFrom) and "flask_sock" in modules_of(node):
                yield source, node, "Flask-Sock"
