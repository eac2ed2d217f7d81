"""Servers that a script starts itself: what makes one, what it serves and what blocks.

Some are one call (`waitress.serve(app)`), others an object that is made, perhaps
configured, and started: `server = WSGIServer(("", 5000), app)`, `server.serve_forever()`.
Positions and names of arguments are those of the libraries' own signatures.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from uncork.analysis.purity import is_banner
from uncork.analysis.syntax import argument, dotted, full_name, imports_of, keyword, literal
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.source.file import SourceFile


class Runner(Enum):
    """What a script starts its app with."""

    FLASK = "app.run"
    WAITRESS = "waitress.serve"
    SOCKETIO = "socketio.run"
    DASH = "run_server"
    WERKZEUG = "run_simple"
    GEVENT = "WSGIServer"
    EVENTLET = "eventlet.wsgi.server"
    TORNADO = "IOLoop.start"
    CHEROOT = "cheroot.wsgi.Server"
    WSGIREF = "wsgiref.simple_server.make_server"
    BJOERN = "bjoern.run"
    MANAGER = "manager.run"
    COMMANDS = "FlaskGroup"


@dataclass(frozen=True)
class Maker:
    """A callable of a library that serves an app, or makes what serves it.

    Args:
        runner: what serves.
        position: where the application stands among its arguments.
        keyword: what it is called there.
        methods: the methods of the result that serve and block; empty where the call does.
        listens: whether it opens the socket at once.
    """

    runner: Runner
    position: int
    keyword: str
    methods: frozenset[str] = frozenset()
    listens: bool = True


_FOREVER = frozenset({"serve_forever"})
_START = frozenset({"safe_start", "start"})
_GEVENT = Maker(Runner.GEVENT, 1, "application", _FOREVER, listens=False)
_CHEROOT = Maker(Runner.CHEROOT, 1, "wsgi_app", _START, listens=False)
_MAKERS = {
    "bjoern.run": Maker(Runner.BJOERN, 0, "wsgi_app"),
    "cheroot.wsgi.Server": _CHEROOT,
    "cheroot.wsgi.WSGIServer": _CHEROOT,
    "cherrypy.wsgiserver.CherryPyWSGIServer": _CHEROOT,
    "eventlet.wsgi.server": Maker(Runner.EVENTLET, 1, "site"),
    "gevent.pywsgi.WSGIServer": _GEVENT,
    "gevent.wsgi.WSGIServer": _GEVENT,
    "waitress.create_server": Maker(Runner.WAITRESS, 0, "application", frozenset({"run"})),
    "waitress.serve": Maker(Runner.WAITRESS, 0, "app"),
    "waitress.server.create_server": Maker(Runner.WAITRESS, 0, "application", frozenset({"run"})),
    "werkzeug.run_simple": Maker(Runner.WERKZEUG, 2, "application"),
    "werkzeug.serving.make_server": Maker(Runner.WERKZEUG, 2, "app", _FOREVER),
    "werkzeug.serving.run_simple": Maker(Runner.WERKZEUG, 2, "application"),
    "wsgiref.simple_server.make_server": Maker(Runner.WSGIREF, 2, "app", _FOREVER),
}
_LOOPS = {
    "tornado.ioloop.IOLoop",
    "tornado.ioloop.IOLoop.current",
    "tornado.ioloop.IOLoop.instance",
}
_CONTAINER = "tornado.wsgi.WSGIContainer"
_DISPATCHERS = {"cheroot.wsgi.PathInfoDispatcher", "cheroot.wsgi.WSGIPathInfoDispatcher",
                "cherrypy.wsgiserver.WSGIPathInfoDispatcher"}  # fmt: skip
# What makes a part of a server: nothing but the run call has a use for it.
_PARTS = {
    *_DISPATCHERS, *_LOOPS, _CONTAINER, "cheroot.ssl.builtin.BuiltinSSLAdapter", "eventlet.listen",
    "eventlet.wrap_ssl", "flask.cli.FlaskGroup", "flask_script.Manager", "gevent.pool.Pool",
    "ssl.SSLContext", "ssl.create_default_context", "tornado.httpserver.HTTPServer",
}  # fmt: skip


@dataclass(frozen=True)
class RunnerCall:
    """A call that serves the app and does not return until it is stopped.

    Args:
        runner: what serves.
        application: the name of the object that is served, or '' if it is no plain name.
        call: the call.
        made: the call that made the server, where that is another.
        host: the host as it is written, or None.
        port: the port as it is written, or None.
    """

    runner: Runner
    application: str
    call: ast.Call
    made: ast.Call | None = None
    host: ast.expr | None = None
    port: ast.expr | None = None

    @property
    def flask(self) -> str:
        """The Flask object that is served, as an expression: a Dash object's `server`."""
        return f"{self.application}.server" if self.runner is Runner.DASH else self.application

    @property
    def debug(self) -> ast.expr | None:
        """The debug argument as it is written, or None."""
        if self.runner is Runner.FLASK:
            return argument(self.call, 2, "debug")
        has_debug = self.runner in {Runner.DASH, Runner.SOCKETIO}
        return keyword(self.call, "debug") if has_debug else None

    @property
    def loads_dotenv(self) -> bool:
        """Whether the call loads .env and .flaskenv, as Flask.run does unless told not to.

        Dash and Flask-SocketIO call it (dash.Dash.run; flask_socketio.SocketIO.run in its
        threading mode).
        """
        calls_flask = self.runner in {Runner.FLASK, Runner.DASH, Runner.SOCKETIO}
        return calls_flask and literal(keyword(self.call, "load_dotenv")) is not False


def serves(statement: ast.stmt, call: ast.Call) -> bool:
    """Whether a statement is a run call, or a with statement that does nothing else.

    ``with make_server("", 8000, app) as server:`` around ``server.serve_forever()``, say.
    """
    match statement:
        case ast.Expr(value=value):
            return value is call
        case ast.With(items=[ast.withitem(context_expr=ast.Call())], body=[*banners, inner]):
            says = (is_banner(each, {}) for each in banners)
            return isinstance(inner, ast.Expr) and inner.value is call and all(says)
        case _:
            return False


class Servers:
    """The servers of one module."""

    def __init__(self, file: SourceFile) -> None:
        self._tree = file.tree
        self._imports = imports_of(file.tree)

    def run(self, call: ast.Call) -> RunnerCall | None:
        """The run call of a library's server that a call is, or None."""
        maker = _MAKERS.get(full_name(call.func, self._imports))
        if maker is not None and not maker.methods:
            return RunnerCall(maker.runner, self._served(call, maker), call)
        if not isinstance(call.func, ast.Attribute):
            return None
        made = list(self._makes(call.func.value))
        found = [(_MAKERS.get(full_name(each.func, self._imports)), each) for each in made]
        for maker, each in found:
            if maker is not None and call.func.attr in maker.methods:
                names = {self._served(other, m) for m, other in found if m is not None}
                name = names.pop() if len(names) == 1 else ""
                return RunnerCall(maker.runner, name, call, each)
        if call.func.attr == "start" and any(self._is(each, _LOOPS) for each in made):
            return self._tornado(call)
        return None

    def unserved(self) -> Iterator[RunnerCall]:
        """The servers that are made and never seen to serve, each by the call that makes it."""
        for call in self._calls:
            maker = _MAKERS.get(full_name(call.func, self._imports))
            if maker is not None and maker.methods:
                yield RunnerCall(maker.runner, self._served(call, maker), call)

    def is_of_run(self, statement: ast.stmt, run: RunnerCall, names: frozenset[str]) -> bool:
        """Whether a statement does no more than make or configure the server of a run.

        Args:
            statement: a statement of the block that holds the run.
            run: the run.
            names: of the servers and their parts that the run uses.
        """
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner))):
                return owner is not run.made and self._is_server(owner, names)
            case ast.Assign(targets=[ast.Attribute(value=owner)]):
                return dotted(owner).partition(".")[0] in names
            case ast.Assign(targets=[ast.Name(id=name)]):
                return name in names
            case _:
                return False

    def names_of(self, run: RunnerCall, statement: ast.stmt) -> frozenset[str]:
        """The names of servers and their parts that a run uses, others' that they use included."""
        found: set[str] = set()
        pending: list[ast.AST] = [statement]
        if run.runner is Runner.TORNADO:
            # The loop does not name the server that it runs.
            pending += [each for each in self._calls if self._is_server(each, frozenset())]
            found |= {
                name for name, made in self._bindings.items() if any(map(self._is_part, made))
            }
        while pending:
            for node in walk(pending.pop()):
                if isinstance(node, ast.Name) and node.id not in found:
                    made = self._bindings.get(node.id, [])
                    if any(self._is_part(each) for each in made):
                        found.add(node.id)
                        pending += made
        return frozenset(found)

    def listens(self, call: ast.Call) -> bool:
        """Whether evaluating a call opens a socket that an app is to be served on."""
        maker = _MAKERS.get(full_name(call.func, self._imports))
        if self._is(call, {"eventlet.listen"}) or (maker is not None and maker.listens):
            return True
        match call.func:
            case ast.Attribute(attr="listen" | "bind", value=owner):
                return self._is_server(owner, frozenset())
            case _:
                return False

    def placed(self, run: RunnerCall) -> RunnerCall:
        """The run with its host and its port."""
        host, port = self._address(run)
        return replace(run, host=host, port=port)

    def _address(self, run: RunnerCall) -> tuple[ast.expr | None, ast.expr | None]:
        call = run.made or run.call
        match run.runner:
            case Runner.FLASK | Runner.DASH | Runner.WERKZEUG | Runner.WSGIREF:
                name = {Runner.WERKZEUG: "hostname"}.get(run.runner, "host")
                host = argument(call, 0, name) or argument(call, 99, "host")
                return host, argument(call, 1, "port")
            case Runner.SOCKETIO | Runner.BJOERN:
                return argument(call, 1, "host"), argument(call, 2, "port")
            case Runner.GEVENT | Runner.CHEROOT:
                name = "listener" if run.runner is Runner.GEVENT else "bind_addr"
                return _pair(argument(call, 0, name))
            case Runner.EVENTLET:
                made = list(self._makes(argument(call, 0, "sock")))
                return _pair(argument(made[0], 0, "addr")) if len(made) == 1 else (None, None)
            case Runner.TORNADO:
                return self._listens_at()
            case _:
                return argument(call, 99, "host"), argument(call, 99, "port")

    def _listens_at(self) -> tuple[ast.expr | None, ast.expr | None]:
        for call in self._calls:
            match call.func:
                case ast.Attribute(attr="listen" | "bind") if self.listens(call):
                    return argument(call, 1, "address"), argument(call, 0, "port")
                case _:
                    pass
        return None, None

    @cached_property
    def _calls(self) -> list[ast.Call]:
        return [node for node in walk(self._tree) if isinstance(node, ast.Call)]

    @cached_property
    def _bindings(self) -> dict[str, list[ast.Call]]:
        """The calls whose results each name is bound to, anywhere in the module."""
        found: dict[str, list[ast.Call]] = {}
        for node in walk(self._tree):
            for name, call in _bound(node):
                found.setdefault(name, []).append(call)
        return found

    def _makes(self, node: ast.expr | None) -> Iterator[ast.Call]:
        """The calls whose result an expression may be."""
        if isinstance(node, ast.Call):
            yield node
        elif isinstance(node, ast.Name):
            yield from self._bindings.get(node.id, [])

    def _is(self, call: ast.Call, names: set[str]) -> bool:
        return full_name(call.func, self._imports) in names

    def _is_part(self, call: ast.Call) -> bool:
        return self._is(call, _PARTS) or self._is(call, set(_MAKERS))

    def _is_server(self, owner: ast.expr, names: frozenset[str]) -> bool:
        """Whether an expression is a server or a part of one."""
        if isinstance(owner, ast.Name) and owner.id in names:
            return True
        return any(self._is_part(call) for call in self._makes(owner))

    def _served(self, call: ast.Call, maker: Maker) -> str:
        return self._plain(argument(call, maker.position, maker.keyword))

    def _plain(self, node: ast.expr | None) -> str:
        """The name of an application, out of the wrappers that change nothing about it."""
        match node:
            case ast.Call(args=[inner, *_]) if self._is(node, {_CONTAINER}):
                return self._plain(inner)
            case ast.Call(args=[ast.Dict(keys=[ast.Constant(value="/")], values=[inner])]) if (
                self._is(node, _DISPATCHERS)
            ):
                return self._plain(inner)
            case ast.Name(id=name) if any(map(self._is_part, self._bindings.get(name, []))):
                names = {self._plain(call) for call in self._bindings[name]}
                return names.pop() if len(names) == 1 else ""
            case ast.Name() | ast.Attribute():
                return dotted(node)
            case _:
                return ""

    def _tornado(self, call: ast.Call) -> RunnerCall | None:
        """The loop of tornado, if what it runs is an app of ours and nothing beside it."""
        containers = [each for each in self._calls if self._is(each, {_CONTAINER})]
        if not containers:
            return None
        names = {self._plain(each) for each in containers}
        alone = not any(self._is(each, {"tornado.web.Application"}) for each in self._calls)
        return RunnerCall(Runner.TORNADO, names.pop() if alone and len(names) == 1 else "", call)


def _bound(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
            yield name, call
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call):
            yield name, call
        case ast.withitem(context_expr=ast.Call() as call, optional_vars=ast.Name(id=name)):
            yield name, call
        case _:
            pass


def _pair(node: ast.expr | None) -> tuple[ast.expr | None, ast.expr | None]:
    match node:
        case ast.Tuple(elts=[host, port]) | ast.List(elts=[host, port]):
            return host, port
        case _:
            return None, None
