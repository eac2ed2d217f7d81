"""The probe: runs an app in the app's own interpreter and writes down what it observes.

This file is run by path, as ``python probe.py SPEC_FD RESULT_FD``, by whatever Python
the app has. So it is one file, imports the standard library alone, and its syntax is
that of Python 3.8 to 3.14. It is never imported by uncork.

SPEC_FD holds one JSON object:

    mode       "script": run `script` as ``__main__``; "wsgi": import `entry` and call it
    folder     the absolute folder that the app is started from
    script     the script, relative to the folder
    arguments  the script's own command line
    entry      ``module:factory`` or ``module:app``
    ask        "all": every GET route; "safe": only ``/``, static files and a 404
    stop       seconds that a clean stop may take
    hidden     roots that the isolation hides or empties; [] without isolation
    visible    what stands inside them all the same, read-only
    writable   roots that are copies and may be written to

RESULT_FD receives one JSON object a line, each with a ``kind``, so that what was seen
before a crash, a time-out or an ``os._exit`` is kept: ``started``, ``asking`` and
``answer`` for each request, ``stopping``, ``failed`` and ``stopped``.

Instead of serving, the run call observes the app and returns, so that what stands behind
it, ``finally`` and atexit happen as at a clean stop.
"""

# os.path keeps the user's symbolic links, and pathlib is not imported ahead of the app; frames,
# and what werkzeug keeps to itself, are what a probe looks at.
# ruff: noqa: PTH100, PTH112, PTH118, PTH119, PTH120, PTH122, PTH123, SLF001

from __future__ import annotations

import ast
import atexit
import faulthandler
import hashlib
import importlib
import importlib.machinery
import importlib.util
import io
import json
import logging
import os
import re
import socket
import sys
import threading
import traceback
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

SECRET = re.compile("SECRET|TOKEN|PASSWORD|PASSWD|KEY", re.IGNORECASE)
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{4,}")
# A view that ends the process is asked last, so that the others are observed, too.
ENDS_THE_PROCESS = re.compile("shutdown|poweroff|reboot|restart|quit|exit|stop|kill", re.IGNORECASE)
# These differ from answer to answer, or follow from the body.
UNSTEADY_HEADERS = {"date", "server", "content-length", "connection"}
ANSWER_SECONDS = 5.0
BODY_BYTES = 1 << 20
TEXT_CHARACTERS = 100_000
VALUE_CHARACTERS = 2000
WRAPPERS = 50
STATIC_FILES = 10
HERE = os.path.abspath(__file__)


class Probe:
    """What is known while the app runs; there is one."""

    def __init__(self, spec: dict[str, Any], spec_fd: int, result_fd: int) -> None:
        self.spec = spec
        self.spec_fd = spec_fd
        self.result_fd = result_fd
        self.owner = os.getpid()
        self.lock = threading.Lock()
        self.script: str = os.path.join(spec["folder"], spec["script"])
        self.stem: str = os.path.splitext(os.path.basename(self.script))[0]
        self.observed = False
        self.stopping = False
        self.main_codes: set[types.CodeType] = set()
        self.main_text: list[str] = []
        self.needs: set[tuple[str, str]] = set()

    def write(self, kind: str, **values: Any) -> None:
        """Append one line to the result; a forked child of the app writes nothing."""
        if os.getpid() == self.owner:
            line = json.dumps({"kind": kind, **values}, default=repr) + "\n"
            with self.lock:
                os.write(self.result_fd, line.encode("utf-8", "backslashreplace"))

    # --- names ------------------------------------------------------------------

    def module_name(self, module: str | None) -> str | None:
        """A module's name; the script's is its stem, whether it is ``__main__`` or imported."""
        found = sys.modules.get(module or "")
        path = getattr(found, "__file__", None)
        if module == "__main__" or (path and os.path.abspath(path) == self.script):
            return self.stem
        return module

    def name(self, thing: Any) -> str:
        """A callable's or class's qualified name, without the functions around it.

        A view may stand inside main() before and inside a factory afterwards.
        """
        if type(thing).__name__ == "LocalProxy":
            return "LocalProxy"
        if type(thing).__name__ == "partial" and hasattr(thing, "func"):
            return "partial of " + self.name(thing.func)
        if not hasattr(thing, "__qualname__"):
            thing = type(thing)
        module = self.module_name(getattr(thing, "__module__", None))
        name = str(thing.__qualname__).split("<locals>.")[-1]
        return name if module in (None, "builtins") else f"{module}.{name}"

    def text(self, value: Any) -> str:
        """A value's repr without memory addresses, in which the script goes by its own name."""
        try:
            text = repr(value)
        except Exception as error:  # noqa: BLE001 - an app's __repr__ may do anything
            text = f"<repr raises {type(error).__name__}>"
        text = ADDRESS.sub("0x...", text).replace("__main__.", self.stem + ".")
        if len(text) > VALUE_CHARACTERS:
            text = text[:VALUE_CHARACTERS] + " ... " + _digest(text.encode())
        return text

    # --- what isolation takes away ------------------------------------------------

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note what the app reaches for that isolation takes away (PEP 578 audit events)."""
        look = AUDITED.get(event)
        if look is not None:
            try:
                look(self, arguments)
            except Exception:  # noqa: BLE001 - observing must never change what the app does
                self.need("does", "something that could not be read: " + event)

    def need(self, verb: str, thing: str) -> None:
        """Report, once, something that isolation takes away."""
        if (verb, thing) not in self.needs:
            self.needs.add((verb, thing))
            self.write("need", verb=verb, thing=thing)

    def path_used(self, path: Any, *, writes: bool) -> None:
        """Report a path that isolation hides, or one that it makes read-only and is written."""
        if isinstance(path, int) or path is None:
            return
        path = os.path.abspath(os.fsdecode(path))
        if _under(path, self.spec["writable"]) or path.startswith("/proc/"):
            return
        if _under(path, self.spec["visible"]):
            if writes and "__pycache__" not in path:
                self.need("writes", path)
        elif _under(path, self.spec["hidden"]):
            self.need("uses", path)
        elif writes and "__pycache__" not in path:
            self.need("writes", path)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _under(path: str, roots: Iterable[str]) -> bool:
    return any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)


# --- audit events -------------------------------------------------------------------


def _opened(probe: Probe, arguments: Sequence[Any]) -> None:
    path, mode, flags = ((*tuple(arguments), None, None))[:3]
    writes = bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    writes = writes or (isinstance(mode, str) and bool(set(mode) & set("wax+")))
    probe.path_used(path, writes=writes)


def _listed(probe: Probe, arguments: Sequence[Any]) -> None:
    probe.path_used(arguments[0], writes=False)


def _changed(probe: Probe, arguments: Sequence[Any]) -> None:
    for path in arguments:
        if isinstance(path, (str, bytes)):
            probe.path_used(path, writes=True)


def _connected(probe: Probe, arguments: Sequence[Any]) -> None:
    address = arguments[1]
    if isinstance(address, (str, bytes)):
        if address[:1] not in ("\0", b"\0", "", b""):
            probe.path_used(address, writes=False)
        else:
            probe.need("connects to", f"the abstract socket {address!r}")
    elif isinstance(address, tuple):
        host, port = str(address[0]), address[1]
        local = host.startswith("127.") or host in ("::1", "localhost", "")
        if not (local and _listens(port)):
            probe.need("connects to", f"{host} port {port}")


def _looked_up(probe: Probe, arguments: Sequence[Any]) -> None:
    host = arguments[0]
    if host is None:
        return
    host = host.decode() if isinstance(host, bytes) else str(host)
    numeric = re.match(r"[0-9.]+$|[0-9a-fA-F:]*:[0-9a-fA-F:.]*$", host)
    if not numeric and host not in ("", "localhost") and not _named_in_hosts(host):
        probe.need("looks up", "the host " + host)


def _named_in_hosts(host: str) -> bool:
    """Whether /etc/hosts, which isolation leaves, knows a name: a machine's own, for instance."""
    try:
        with open("/etc/hosts") as lines:
            return any(host in line.partition("#")[0].split()[1:] for line in lines)
    except OSError:
        return False


def _listens(port: int) -> bool:
    """Whether something inside the isolation listens on a port: proc_net_tcp, state 0A."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table) as lines:
                rows = [line.split() for line in lines][1:]
        except OSError:
            continue
        if any(row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port for row in rows):
            return True
    return False


def _started(probe: Probe, arguments: Sequence[Any]) -> None:
    program = arguments[0] if isinstance(arguments[0], (str, bytes)) else arguments[0][0]
    # The platform module asks uname.
    program = os.fsdecode(program)
    if os.path.basename(program) not in ("uname", "python", os.path.basename(sys.executable)):
        probe.write("program", name=program.split()[0] if program.split() else program)


def _connected_to_sqlite(probe: Probe, arguments: Sequence[Any]) -> None:
    path = os.fsdecode(arguments[0])
    if path not in ("", ":memory:") and not path.startswith("file:"):
        probe.path_used(path, writes=True)


AUDITED: dict[str, Callable[[Probe, Sequence[Any]], None]] = {
    "open": _opened,
    "os.listdir": _listed,
    "os.scandir": _listed,
    "sqlite3.connect": _connected_to_sqlite,
    "os.mkdir": lambda probe, arguments: _changed(probe, arguments[:1]),
    "os.remove": lambda probe, arguments: _changed(probe, arguments[:1]),
    "os.rename": lambda probe, arguments: _changed(probe, arguments[:2]),
    "os.chmod": lambda probe, arguments: _changed(probe, arguments[:1]),
    "socket.connect": _connected,
    "socket.sendto": _connected,
    "socket.getaddrinfo": _looked_up,
    "socket.gethostbyname": _looked_up,
    "socket.gethostbyaddr": _looked_up,
    "subprocess.Popen": _started,
    "os.system": _started,
    "os.posix_spawn": _started,
    "os.exec": _started,
}


def watch_needs(probe: Probe) -> None:
    """Watch what the app reaches for; os.stat and os.access raise no audit event."""
    if not probe.spec["hidden"]:
        return
    # http.server asks DNS for the full name of whatever address it binds, and hardly
    # anybody reads it: that lookup must not look like a need.
    socket.getfqdn = lambda name="": name or socket.gethostname()
    sys.addaudithook(probe.audit)

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def look(path: Any, *args: Any, **kwargs: Any) -> Any:
            probe.audit("os.listdir", (path,))
            return function(path, *args, **kwargs)

        # shutil and others ask these sets what a function can do.
        for group in ("fd", "dir_fd", "follow_symlinks", "effective_ids"):
            able: Any = getattr(os, "supports_" + group)
            if function in able:
                able.add(look)
        return look

    os.stat, os.access = watched(os.stat), watched(os.access)


# --- seams: the run calls -----------------------------------------------------------


class Seams:
    """A finder that replaces run calls as soon as their module is imported, and not before.

    Importing werkzeug ahead of the script would change what gevent's monkey patching meets.
    """

    def __init__(self, replacements: dict[str, Callable[[Any], None]]) -> None:
        self.replacements = replacements

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002 - PEP 451
        """Find the module as if this finder were not there, and patch it once it is executed."""
        if name not in self.replacements:
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            sys.meta_path.insert(0, self)
        replace = self.replacements.pop(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                execute(module)
                replace(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def install_seams(probe: Probe) -> None:
    """Replace werkzeug's run_simple and serve_forever, and waitress.serve."""

    def werkzeug(module: Any) -> None:
        def run_simple(
            hostname: str, port: Any, application: Any, *args: Any, **options: Any
        ) -> None:
            names = ("use_reloader", "use_debugger", "use_evalex", "extra_files")
            options = dict(list(zip(names, args)) + list(options.items()))  # noqa: B905 - Python 3.8
            if options.get("use_reloader") and os.environ.get("WERKZEUG_RUN_MAIN") != "true":
                restart_as_reloader_child(probe)
            run(probe, application, "run_simple", {"host": hostname, "port": port, **options})

        def serve_forever(server: Any, *_: Any, **__: Any) -> None:
            run(probe, server.app, "serve_forever", {"host": server.host, "port": server.port})

        module.run_simple = run_simple
        module.BaseWSGIServer.serve_forever = serve_forever

    def waitress(module: Any) -> None:
        def serve(app: Any, **options: Any) -> None:
            run(probe, app, "waitress.serve", options)

        module.serve = serve

    sys.meta_path.insert(0, Seams({"werkzeug.serving": werkzeug, "waitress": waitress}))


def restart_as_reloader_child(probe: Probe) -> None:
    """Start again as the reloader's child: in the parent, start-up work for the child never ran."""
    os.environ["WERKZEUG_RUN_MAIN"] = "true"
    probe.write("restarted")
    sys.stdout.flush()
    sys.stderr.flush()
    for descriptor in (probe.spec_fd, probe.result_fd):
        os.set_inheritable(descriptor, True)
    command = [sys.executable, HERE, str(probe.spec_fd), str(probe.result_fd)]
    os.execv(sys.executable, command)  # noqa: S606 - it is itself that it starts again


def run(probe: Probe, application: Any, runner: str, options: dict[str, Any]) -> None:
    """Stand in for a server: observe, then return or raise as the server's end would."""
    if probe.observed:
        return
    probe.observed = True
    frames = own_frames(probe)
    probe.main_codes = {frame.f_code for frame in frames}
    shown = {key: probe.text(value) for key, value in sorted(options.items())}
    observe(probe, application, {"function": runner, "arguments": shown})
    begin_to_stop(probe)
    if any(waits_for_interrupt(frame.f_code.co_filename, frame.f_lineno) for frame in frames):
        raise KeyboardInterrupt


def own_frames(probe: Probe) -> list[types.FrameType]:
    """The frames of the user's own files that led to the run call, innermost first."""
    frames: list[types.FrameType] = []
    frame: types.FrameType | None = sys._getframe(2)
    while frame is not None:
        path = os.path.abspath(frame.f_code.co_filename)
        if path == probe.script or (
            _under(path, [probe.spec["folder"]]) and "site-packages" not in path
        ):
            frames.append(frame)
        frame = frame.f_back
    return frames


def waits_for_interrupt(path: str, line: int) -> bool:
    """Whether a line stands in a try whose KeyboardInterrupt handler does more than say goodbye.

    werkzeug and waitress swallow the interrupt, so that such a handler never ran; its
    intent counts (it is a cleanup), so the call ends with the interrupt.
    """
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and node.body[0].lineno <= line <= _last_line(node.body[-1]):
            for handler in node.handlers:
                names = ast.dump(handler.type) if handler.type else ""
                if "KeyboardInterrupt" in names and not all(map(_says_goodbye, handler.body)):
                    return True
    return False


def _last_line(node: ast.AST) -> int:
    return max(getattr(part, "end_lineno", 0) or 0 for part in ast.walk(node))


def _says_goodbye(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        function = statement.value.func
        called = getattr(function, "id", getattr(function, "attr", ""))
        return called in ("print", "exit", "quit")
    return isinstance(statement, (ast.Pass, ast.Return, ast.Raise)) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


# --- the observation ----------------------------------------------------------------


def observe(probe: Probe, application: Any, runner: dict[str, Any] | None) -> None:
    """Write down what the app is, then what it answers."""
    threads = live_threads(probe)
    app = flask_app(application)
    facts: dict[str, Any] = {"runner": runner, "threads": threads, "children": live_children()}
    if app is not None:
        # Debug changes answers (JSON's indentation) and is no part of a comparison.
        app.debug = False
        facts.update(of_app(probe, app))
    probe.write("started", app=app is not None, **facts)
    for method, path, made_up in requests(probe, app):
        probe.write("asking", request=method + " " + path)
        answer = ask(probe, application, app, method, path)
        probe.write("answer", request=method + " " + path, made_up=made_up, **answer)


def flask_app(application: Any) -> Any:
    """The Flask object behind a WSGI callable and its middleware, if there is one."""
    flask = sys.modules.get("flask")
    queue = [application]
    seen: set[int] = set()
    while queue:
        thing = queue.pop(0)
        if flask is not None and isinstance(thing, flask.Flask):
            return thing
        seen.add(id(thing))
        candidates = list(getattr(thing, "__dict__", {}).values())
        candidates.append(getattr(thing, "__self__", None))
        queue += [
            c for c in candidates if callable(c) and id(c) not in seen and len(seen) < WRAPPERS
        ]
    return None


def live_threads(probe: Probe) -> list[dict[str, Any]]:
    """The app's threads at the moment of the run call."""
    found = []
    for thread in threading.enumerate():
        if thread is threading.main_thread() or thread is threading.current_thread():
            continue
        target = getattr(thread, "_target", None) or getattr(thread, "function", None)
        names = getattr(getattr(target, "__code__", None), "co_names", ())
        module = getattr(target, "__module__", "")
        found.append(
            {
                "name": re.sub(r"\d+", "#", thread.name.replace("__main__", "")),
                "target": probe.name(target) if target is not None else "",
                "class": probe.name(type(thread)),
                "daemon": thread.daemon,
                "opens_browser": module == "webbrowser" or "webbrowser" in names,
            }
        )
    return sorted(found, key=lambda thread: sorted(map(str, thread.items())))


def live_children() -> list[str]:
    """Names of the live processes that multiprocessing started."""
    multiprocessing = sys.modules.get("multiprocessing")
    children = multiprocessing.active_children() if multiprocessing else []
    return sorted(re.sub(r"\d+", "#", child.name) for child in children)


def of_app(probe: Probe, app: Any) -> dict[str, Any]:
    """What a Flask object holds; attributes that some version lacks are left out."""
    name = probe.name
    return {
        "routes": [
            {
                "rule": rule.rule,
                "endpoint": rule.endpoint,
                "methods": sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}),
                "defaults": probe.text(rule.defaults or {}),
                "subdomain": rule.subdomain or "",
                "strict_slashes": bool(rule.strict_slashes),
                "view": name(app.view_functions[rule.endpoint])
                if rule.endpoint in app.view_functions
                else "",
            }
            for rule in sorted(app.url_map.iter_rules(), key=lambda r: (r.rule, r.endpoint))
        ],
        "config": {
            str(key): {
                "type": type(value).__name__,
                "value": probe.text(value),
                "secret": bool(SECRET.search(str(key))) and value is not None,
            }
            for key, value in app.config.items()
        },
        "blueprints": {key: name(type(value)) for key, value in app.blueprints.items()},
        "extensions": {str(key): name(type(value)) for key, value in app.extensions.items()},
        "commands": sorted(app.cli.commands) if hasattr(app, "cli") else [],
        "error_handlers": error_handlers(probe, app),
        "hooks": hooks(probe, app),
        "loggers": loggers(probe),
        "template": template_names(probe, app),
        "sessions": name(type(app.session_interface)),
        "secret_key": app.secret_key is not None,
    }


HOOKS = (
    "before_request_funcs", "after_request_funcs", "teardown_request_funcs",
    "teardown_appcontext_funcs", "template_context_processors", "url_value_preprocessors",
    "url_default_functions", "before_first_request_funcs", "shell_context_processors",
)  # fmt: skip


def hooks(probe: Probe, app: Any) -> dict[str, list[str]]:
    """Hook functions in their order, by kind and blueprint."""
    found = {}
    for attribute in HOOKS:
        value = getattr(app, attribute, None) or {}
        for scope, functions in (value if isinstance(value, dict) else {None: value}).items():
            if functions:
                kind = attribute.replace("_funcs", "").replace("_functions", "")
                key = kind if scope is None else kind + " of " + str(scope)
                found[key] = [probe.name(function) for function in functions]
    return found


def error_handlers(probe: Probe, app: Any) -> dict[str, str]:
    """Error handlers by the status or exception that they are for."""
    found = {}
    for scope, by_code in app.error_handler_spec.items():
        for code, by_class in (by_code or {}).items():
            for exception, function in (by_class or {}).items():
                key = str(code) if code is not None else probe.name(exception)
                found[key if scope is None else key + " of " + str(scope)] = probe.name(function)
    return found


def template_names(probe: Probe, app: Any) -> dict[str, dict[str, str]]:
    """Jinja's globals, filters and tests by the name of what stands behind them."""
    environment = app.jinja_env
    return {
        kind: {
            str(key): probe.name(value) if callable(value) else type(value).__name__
            for key, value in getattr(environment, kind).items()
        }
        for kind in ("globals", "filters", "tests")
    }


def loggers(probe: Probe) -> dict[str, Any]:
    """Loggers that have a level or handlers of their own."""
    found = {}
    named: list[tuple[str, Any]] = [
        ("root", logging.getLogger()),
        *sorted(logging.root.manager.loggerDict.items()),
    ]
    for key, logger in named:
        if not isinstance(logger, logging.Logger) or not (logger.level or logger.handlers):
            continue
        found[probe.module_name(key) or key] = {
            "level": logging.getLevelName(logger.level),
            "propagate": logger.propagate,
            "handlers": [
                "{} {} {!r}".format(
                    probe.name(type(handler)),
                    logging.getLevelName(handler.level),
                    getattr(handler.formatter, "_fmt", None),
                )
                for handler in logger.handlers
            ],
        }
    return found


# --- requests -----------------------------------------------------------------------


def requests(probe: Probe, app: Any) -> list[tuple[str, str, bool]]:
    """Method, path and whether its values are made up, for each request to be made."""
    missing = ("GET", "/uncork-asks-for-no-such-page", False)
    if app is None:
        return [("GET", "/", False), missing]
    changed = probe.spec.get("changed", ())
    found = [missing] + [("GET", path, False) for path in static_paths(app, changed)]
    found += [("GET", "/", False)] if not has_rule(app, "/") else []
    others = []
    for rule in app.url_map.iter_rules():
        if (
            "GET" not in (rule.methods or ())
            or rule.build_only
            or getattr(rule, "websocket", False)
        ):
            continue
        if rule.endpoint.endswith("static") and "filename" in rule.arguments:
            continue
        path = path_of(rule)
        if path is not None and (probe.spec["ask"] == "all" or path == "/"):
            others.append(("GET", path, "<" in rule.rule))
    if probe.spec["ask"] == "all":
        found += refused(app)
    others.sort(
        key=lambda request: (bool(ENDS_THE_PROCESS.search(request[1])), request[2], request)
    )
    return found + others


def has_rule(app: Any, path: str) -> bool:
    """Whether the URL map has exactly this rule."""
    return any(rule.rule == path for rule in app.url_map.iter_rules())


def refused(app: Any) -> list[tuple[str, str, bool]]:
    """A request whose method the route does not allow: a 405."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "<" not in rule.rule and not rule.build_only:
            for method in ("POST", "DELETE", "PUT"):
                allowed = {
                    m
                    for other in app.url_map.iter_rules()
                    if other.rule == rule.rule
                    for m in other.methods or ()
                }
                if method not in allowed:
                    return [(method, rule.rule, False)]
    return []


def path_of(rule: Any) -> str | None:
    """A path that a rule matches, with made-up values for its arguments; None, no idea."""
    values = dict(rule.defaults or {})
    for key, converter in rule._converters.items():
        kind = type(converter).__name__
        if key in values:
            continue
        if kind == "IntegerConverter":
            values[key] = max(1, converter.min or 0)
        elif kind == "FloatConverter":
            values[key] = 1.5
        elif kind == "UUIDConverter":
            values[key] = __import__("uuid").UUID(int=1)
        elif kind == "AnyConverter":
            items = getattr(converter, "items", None)
            values[key] = min(items) if items else "uncork"
        else:
            values[key] = "uncork"
    try:
        built = rule.build(values, append_unknown=False)
    except Exception:  # noqa: BLE001 - a converter of the app's own may want anything
        return None
    return built[1] if built else None


def static_paths(app: Any, changed: Iterable[str]) -> list[str]:
    """Paths of some files of the app's static folder.

    An app may serve its own code's folder: hidden files, and those that only one of the
    compared trees has, are left out.
    """
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint == "static"]
    folder = app.static_folder
    if not folder or not rules or not os.path.isdir(folder):
        return []
    # Not static_url_path: that follows a static_folder which is set later, the rule does not.
    prefix = rules[0].partition("<")[0]
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        for name in sorted(files):
            path = os.path.join(parent, name)
            if not name.startswith(".") and os.path.abspath(path) not in changed:
                found.append(prefix + os.path.relpath(path, folder).replace(os.sep, "/"))
    return found[:STATIC_FILES]


def ask(probe: Probe, application: Any, app: Any, method: str, path: str) -> dict[str, Any]:
    """Make one request in a thread of its own, as servers do, with a time limit."""
    answer: dict[str, Any] = {"errors": []}
    if app is not None:
        log = app.log_exception

        def log_exception(exc_info: Any) -> None:
            answer["errors"].append(f"{probe.name(exc_info[0])}: {exc_info[1]}")
            log(exc_info)

        app.log_exception = log_exception
    thread = threading.Thread(
        target=call, args=(probe, application, environ_of(app, method, path), answer), daemon=True
    )
    thread.start()
    thread.join(ANSWER_SECONDS)
    late = thread.is_alive()
    if app is not None:
        del app.log_exception
    answer = dict(answer)
    content = answer.pop("body", b"")
    if late:
        # What has arrived by then depends on the moment.
        return {
            "status": answer.get("status", ""),
            "late": True,
            "headers": answer.get("headers", []),
        }
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None and len(text) > TEXT_CHARACTERS:
        text = None
    return {
        "status": answer.get("status", ""),
        "headers": answer.get("headers", []),
        "errors": answer["errors"],
        "body": text,
        "digest": _digest(content),
        "size": len(content),
        "late": False,
    }


def environ_of(app: Any, method: str, path: str) -> dict[str, Any]:
    """The environ of a request without a body (PEP 3333)."""
    host = (app.config.get("SERVER_NAME") if app is not None else None) or "localhost"
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquoted(path),
        "QUERY_STRING": "",
        "SERVER_NAME": host.partition(":")[0],
        "SERVER_PORT": host.partition(":")[2] or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": host,
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "50000",
        "CONTENT_LENGTH": "0",
        "CONTENT_TYPE": "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def call(probe: Probe, application: Any, environ: dict[str, Any], answer: dict[str, Any]) -> None:
    """One WSGI call (PEP 3333); the answer is filled in as it comes."""
    body: list[bytes] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:  # noqa: ARG001 - PEP 3333
        answer["status"] = status
        answer["headers"] = sorted(
            [key.lower(), value] for key, value in headers if key.lower() not in UNSTEADY_HEADERS
        )
        return body.append

    try:
        iterable = application(environ, start_response)
        try:
            for chunk in iterable:
                body.append(chunk)
                if sum(map(len, body)) > BODY_BYTES:
                    break
        finally:
            if hasattr(iterable, "close"):
                iterable.close()
    except BaseException as error:  # noqa: BLE001 - a view may raise SystemExit, too
        answer["status"] = answer.get("status") or "500 (raised)"
        answer["errors"].append(f"{probe.name(type(error))}: {error}")
    answer["body"] = b"".join(body)


def unquoted(path: str) -> str:
    """PATH_INFO of a URL path: its bytes, as latin-1 (PEP 3333)."""
    from urllib.parse import unquote_to_bytes  # noqa: PLC0415 - only where a request is made

    return unquote_to_bytes(path).decode("latin-1")


# --- the stop -----------------------------------------------------------------------


class WatchedOutput(io.TextIOWrapper):
    """Standard output that knows which lines main itself says after the run call."""

    probe: Probe | None = None

    def write(self, text: str) -> int:
        """Write, and note the text if a frame that called the run call writes it."""
        probe = self.probe
        # atexit.register(print, ...) writes without a frame.
        frame = sys._getframe().f_back
        if probe is not None and probe.stopping and frame and frame.f_code in probe.main_codes:
            probe.main_text.append(text)
        return super().write(text)


def watch_output(probe: Probe) -> None:
    """Put `WatchedOutput` in the place of sys.stdout, with its settings."""
    old: Any = sys.stdout
    settings = {
        "encoding": old.encoding,
        "errors": old.errors,
        "line_buffering": old.line_buffering,
    }
    new = WatchedOutput(old.detach(), **settings)
    new.probe = probe
    sys.stdout = new
    # The old one is detached from its buffer: print must not fall back to it.
    sys.__stdout__ = new  # type: ignore[misc]


def begin_to_stop(probe: Probe) -> None:
    """Mark the end of serving: what is said from here on is said by the clean stop."""
    sys.stdout.flush()
    sys.stderr.flush()
    probe.stopping = True
    faulthandler.dump_traceback_later(probe.spec["stop"], exit=True, file=2)
    probe.write("stopping", stdout=os.fstat(1).st_size, stderr=os.fstat(2).st_size)


def failed(probe: Probe, error: BaseException) -> str:
    """Report an exception as Python would have shown it, without the probe's own frames."""
    trace = error.__traceback__
    while trace is not None and os.path.abspath(trace.tb_frame.f_code.co_filename) == HERE:
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace)
    text = "".join(line for line in lines if HERE not in line)
    message = "".join(traceback.format_exception_only(type(error), error)).strip()
    probe.write("failed", stopping=probe.stopping, message=message, traceback=text)
    return text


# --- the two modes ------------------------------------------------------------------


def run_script(probe: Probe) -> None:
    """Run the script as ``python script`` would."""
    spec = probe.spec
    sys.argv = [spec["script"], *list(spec["arguments"])]
    first_on_path(os.path.dirname(probe.script))
    module = types.ModuleType("__main__")
    module.__file__ = probe.script
    module.__loader__ = importlib.machinery.SourceFileLoader("__main__", probe.script)
    module.__dict__.update(__builtins__=__builtins__, __cached__=None)
    sys.modules["__main__"] = module
    with open(probe.script, "rb") as file:
        code = compile(file.read(), probe.script, "exec", dont_inherit=True)
    exec(code, module.__dict__)  # noqa: S102 - running the user's script is what this file is for


def run_wsgi(probe: Probe) -> None:
    """Import the entry point as ``waitress-serve --call`` would, and observe what it gives."""
    spec = probe.spec
    # A script that parses the command line when it is imported meets the server's.
    sys.argv = ["waitress-serve", "--host", "127.0.0.1", "--port", "5300", "--call", spec["entry"]]
    first_on_path(spec["folder"])
    module, _, attribute = spec["entry"].partition(":")
    found: Any = importlib.import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    flask = sys.modules.get("flask")
    is_app = flask is not None and isinstance(found, flask.Flask)
    application = found if is_app or not isinstance(found, types.FunctionType) else found()
    probe.observed = True
    observe(probe, application, None)
    begin_to_stop(probe)


def first_on_path(folder: str) -> None:
    """Put a folder where Python put this file's own."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = folder


def main() -> None:
    """Run one observation."""
    spec_fd, result_fd = int(sys.argv[1]), int(sys.argv[2])
    os.lseek(spec_fd, 0, os.SEEK_SET)
    with os.fdopen(os.dup(spec_fd)) as file:
        spec = json.load(file)
    for descriptor in (spec_fd, result_fd):
        os.set_inheritable(descriptor, False)
    probe = Probe(spec, spec_fd, result_fd)
    watch_output(probe)
    # Registered first, so it runs behind every cleanup of the app.
    atexit.register(lambda: probe.write("stopped", main_text="".join(probe.main_text)))
    install_seams(probe)
    watch_needs(probe)
    try:
        (run_script if spec["mode"] == "script" else run_wsgi)(probe)
    except SystemExit as end:
        probe.write("exited", stopping=probe.stopping, code=repr(end.code))
        raise
    except BaseException as error:  # noqa: BLE001 - whatever ends the script is reported
        sys.stderr.write(failed(probe, error))
        sys.exit(1)


if __name__ == "__main__":
    main()
