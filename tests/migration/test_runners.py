"""Migrated apps whose scripts start another server than Flask's: alone, and under gunicorn."""

from __future__ import annotations

import signal
import textwrap
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from tests.environments import interpreter
from tests.migration.test_servers import get
from tests.ports import free_port
from tests.serve.test_interpreter import runner

from uncork.codemods.base import MigrationOptions
from uncork.plan import make_plan
from uncork.source.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.serve.conftest import Serve

pytestmark = pytest.mark.process

PYTHON = "flask-3"
FLASK = """
import os

from flask import Flask
{imports}

app = Flask(__name__)
table = {{}}


@app.route("/")
def index():
    return table


if __name__ == "__main__":
    port = int(os.environ["PORT"])
    table["answer"] = 42
{run}
"""
DASH = """
import os

from dash import Dash, html

app = Dash(__name__)
table = {}


@app.server.route("/table")
def show():
    return table


if __name__ == "__main__":
    table["answer"] = 42
    app.layout = html.Div("hello")
    app.run(port=int(os.environ["PORT"]))
"""
SCRIPTS = {
    "gevent": (
        "from gevent.pywsgi import WSGIServer",
        'server = WSGIServer(("127.0.0.1", port), app)\nserver.serve_forever()',
    ),
    "patched by gevent": (
        "from gevent import monkey, pywsgi\nmonkey.patch_all()",
        'pywsgi.WSGIServer(("127.0.0.1", port), app).serve_forever()',
    ),
    "eventlet": (
        "import eventlet\nfrom eventlet import wsgi",
        'wsgi.server(eventlet.listen(("127.0.0.1", port)), app)',
    ),
    "tornado": (
        "from tornado import httpserver, ioloop, wsgi",
        """\
server = httpserver.HTTPServer(wsgi.WSGIContainer(app))
server.listen(port)
ioloop.IOLoop.current().start()""",
    ),
    "cheroot": (
        "from cheroot import wsgi",
        'server = wsgi.Server(("127.0.0.1", port), app)\nserver.start()',
    ),
    "wsgiref": (
        "from wsgiref.simple_server import make_server",
        'with make_server("127.0.0.1", port, app) as server:\n    server.serve_forever()',
    ),
    "run_simple": (
        "from werkzeug.serving import run_simple",
        'run_simple("127.0.0.1", port, app)',
    ),
    "socketio": (
        "from flask_socketio import SocketIO",
        """\
sio = SocketIO(app, async_mode="threading")
sio.run(app, port=port, allow_unsafe_werkzeug=True)""",
    ),
}
CLIENT = """
import sys, threading
import socketio

client, told = socketio.Client(reconnection=False), threading.Event()

@client.on("greeting")
def greeting(text):
    print(client.transport(), text, flush=True)
    told.set()

client.connect(f"http://127.0.0.1:{sys.argv[1]}", transports=["websocket"], wait_timeout=20)
client.emit("greet", "you")
assert told.wait(20)
client.disconnect()
"""
SOCKET_IO = """
import os

from flask import Flask
from flask_socketio import SocketIO, emit

app = Flask(__name__)
socketio = SocketIO(app, async_mode="MODE")
greetings = {}


@app.route("/")
def index():
    return "ready"


@socketio.on("greet")
def greet(name):
    emit("greeting", greetings["en"] + " " + name)


if __name__ == "__main__":
    greetings["en"] = "hello"
    socketio.run(app, port=int(os.environ["PORT"]))
"""


def migrate(folder: Path, source: str) -> str:
    """Migrate a script in a folder; returns what its plan notes."""
    contents = {PurePosixPath("server.py"): textwrap.dedent(source).encode()}
    plan = make_plan(Project(PurePosixPath("server.py"), contents), MigrationOptions())
    assert not plan.declined, plan.declined
    for change in plan.changes:
        assert change.after is not None
        (folder / change.path).write_bytes(change.after)
    return "\n".join(diagnostic.message for diagnostic in plan.diagnostics)


@pytest.mark.parametrize("name", [*SCRIPTS, "dash"])
def test_it_answers_alone_under_gunicorn_and_under_uncork_serve(
    name: str, tmp_path: Path, serve: Serve, wait_until: Callable[..., None]
) -> None:
    source, path = DASH, "/table"
    if name != "dash":
        imports, run = SCRIPTS[name]
        source = FLASK.format(imports=imports, run=textwrap.indent(run, "    "))
        path = "/"
    migrate(tmp_path, source)
    python, port = interpreter(PYTHON), free_port()

    alone = serve("server.py", command=(python,), env={"PORT": str(port)})
    assert get(alone, port, path, wait_until).split() == ['{"answer":42}']
    alone.send(signal.SIGKILL)
    alone.wait()

    options = f"-m gunicorn --bind 127.0.0.1:{port} wsgi:create_app()".split()
    gunicorn = serve(*options, command=(python,))
    assert get(gunicorn, port, path, wait_until).split() == ['{"answer":42}']
    gunicorn.send(signal.SIGTERM)
    gunicorn.wait()

    server = serve("--port", "0", "wsgi:create_app", command=runner(python))
    assert server.get(path).text.split() == ['{"answer":42}']


@pytest.mark.parametrize("mode", ["threading", "gevent"])
def test_socket_io_speaks_websockets_under_the_command_that_the_note_names(
    mode: str, tmp_path: Path, serve: Serve, wait_until: Callable[..., None]
) -> None:
    notes = migrate(tmp_path, SOCKET_IO.replace("MODE", mode))
    command = notes.split("`")[1]
    python, port = interpreter(PYTHON), free_port()

    words = command.replace("'", "").split()
    server = serve("-m", *words, "--bind", f"127.0.0.1:{port}", command=(python,))
    assert get(server, port, "/", wait_until) == "ready"

    client = serve("-c", CLIENT, str(port), command=(python,))
    assert client.wait() == 0, client.output
    assert "websocket hello you" in client.output


def test_socket_io_in_threading_mode_speaks_websockets_under_uncork_serve(
    tmp_path: Path, serve: Serve
) -> None:
    migrate(tmp_path, SOCKET_IO.replace("MODE", "threading"))
    python = interpreter(PYTHON)
    server = serve("--port", "0", "wsgi:create_app", command=runner(python))

    client = serve("-c", CLIENT, str(server.port), command=(python,))
    assert client.wait() == 0, client.output
    assert "websocket hello you" in client.output
