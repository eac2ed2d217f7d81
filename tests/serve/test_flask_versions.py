"""Flask.run and werkzeug's servers on the oldest Flask supported, one between, and the newest."""

from __future__ import annotations

import http.client
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.environments import interpreter
from tests.ports import free_port
from tests.serve.conftest import in_background
from tests.serve.test_interpreter import runner

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serve.conftest import Gate, Serve, Server, Write

    Run = Callable[..., Server]

pytestmark = pytest.mark.process

APP = """\
import os, sys, threading
from flask import Flask, request

app = Flask(__name__)

@app.route("/")
def index():
    return "hello " + request.environ["SERVER_SOFTWARE"]

@app.route("/where")
def where():
    return "%s %s %s" % (app.debug, os.environ.get("WERKZEUG_RUN_MAIN"), os.environ.get("FROM"))

@app.route("/fails")
def fails():
    raise RuntimeError("on purpose")

@app.route("/held")
def held():
    print("held")
    open("gate").read()
    return "let go"
"""

WAYS = {
    "run": "app.run(port=0)",
    "positional, port as text": "app.run('127.0.0.1', '0')",
    "kwargs": "app.run(**{'host': 'localhost', 'port': 0, 'threaded': True})",
    "server name": "app.config['SERVER_NAME'] = 'localhost:0'\napp.run()",
    "debug": "app.run(port=0, debug=True)",
    "class": "Flask.run(app, port=0)",
    "make_server": (
        "from werkzeug.serving import make_server\n"
        "made = make_server('127.0.0.1', 0, app, threaded=True)\n"
        "print('port', made.port, made.server_port, made.socket.getsockname()[1])\n"
        "made.serve_forever()"
    ),
    "a server class": (
        "from werkzeug.serving import ThreadedWSGIServer\n"
        "ThreadedWSGIServer('127.0.0.1', 0, app).serve_forever()"
    ),
    "middleware": (
        "from werkzeug.middleware.dispatcher import DispatcherMiddleware\n"
        "from werkzeug.serving import run_simple\n"
        "app.debug = True\n"
        "run_simple('127.0.0.1', 0, DispatcherMiddleware(app, {'/sub': app}), use_reloader=True)"
    ),
}


@pytest.fixture(params=["flask-1.1", "flask-2.2", "flask-3"])
def flask(request: pytest.FixtureRequest) -> str:
    """The name of an environment."""
    return str(request.param)


@pytest.fixture
def run(serve: Serve, write: Write, flask: str) -> Run:
    """Serve the app above with lines of the test's own behind it."""

    def start(lines: str, *options: str, env: dict[str, str] | None = None) -> Server:
        name = write(f"{APP}\n{lines}\nprint('behind the call')\n")
        return serve(*options, name, command=runner(interpreter(flask)), env=env)

    return start


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_each_flask_is_served_and_stopped(run: Run, way: str) -> None:
    server = run(WAYS[way])
    # A server's name that the app was told is the only host that it answers to.
    host = {"Host": f"localhost:{server.port}"} if way != "server name" else {"Host": "localhost:0"}
    assert server.get("/", host).text.startswith("hello ")
    assert "Werkzeug" not in server.get("/", host).text
    assert server.get("/where", host).text.split()[0] == "False"
    assert "Traceback" not in server.get("/fails", host).text
    assert server.stop() == 0
    assert server.lines.count("behind the call") == 1
    assert "development server" not in server.output
    assert "Serving Flask app" not in server.output
    for line in server.lines:
        if line.startswith("port "):
            assert line.split()[1:] == [str(server.port)] * 3


def test_what_runs_is_finished_and_the_cleanup_runs_once(run: Run, gate: Gate) -> None:
    server = run("try:\n    app.run(port=0)\nfinally:\n    print('finally')")
    request = in_background(server.get, "/held")
    server.wait_for("held")
    server.send(signal.SIGTERM)
    server.wait_for("SIGTERM: stopping, 1 request")
    gate.open()
    assert request.result().text == "let go"
    assert server.wait() == 0
    assert server.lines[-2:] == ["finally", "behind the call"]


def test_dotenv_files_are_read_where_flask_reads_them(
    run: Run, write: Write, tmp_path: Path
) -> None:
    libraries = Path(interpreter("servers")).parent.parent / "lib"
    found = next(libraries.glob("python*/site-packages/dotenv"))
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "dotenv").symlink_to(found)
    write("FROM=dotenv\n", ".env")
    write("FLASK_DEBUG=0\nFROM=flaskenv\n", ".flaskenv")
    server = run("app.run(port=0)", env={"PYTHONPATH": "packages"})
    assert server.get("/where").text == "False None dotenv"


def test_options_come_before_what_the_script_says(run: Run) -> None:
    port = free_port()
    server = run("app.run('127.0.0.2', 1)", "--host", "127.0.0.1", "--port", str(port))
    assert server.url == f"http://127.0.0.1:{port}"


def test_a_unix_socket_takes_the_place_of_the_scripts_address(run: Run, tmp_path: Path) -> None:
    lines = (
        "from werkzeug.serving import make_server\nmake_server('127.0.0.1', 1, app).serve_forever()"
    )
    server = run(lines, "--unix-socket", "app.sock")
    assert server.url == f"unix:{tmp_path}/app.sock"
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(tmp_path / "app.sock"))
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"hello waitress"
    connection.close()


def test_a_server_object_is_stopped_from_another_thread(run: Run) -> None:
    server = run(
        """
from werkzeug.serving import make_server
import urllib.request
made = make_server("127.0.0.1", 0, app)
thread = threading.Thread(target=made.serve_forever)
thread.start()
print(urllib.request.urlopen("http://127.0.0.1:%d/" % made.port).read().decode())
made.shutdown()
thread.join()
"""
    )
    assert server.wait() == 0
    assert "hello waitress" in server.lines
    assert server.lines[-1] == "behind the call"


def test_requests_that_the_script_takes_one_by_one_are_served(run: Run) -> None:
    server = run(
        """
from werkzeug.serving import make_server
made = make_server("127.0.0.1", 0, app)
answered = 0
while answered < 3:
    made.handle_request()
    answered += 1
    print("answered", answered)
made.server_close()
"""
    )
    for number in range(1, 4):
        assert server.get().text == "hello waitress"
        server.wait_for(f"answered {number}")
    assert server.wait() == 0
    assert server.lines[-1] == "behind the call"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_loop_that_takes_requests_ends_at_a_stop(run: Run, number: int) -> None:
    server = run(
        """
from werkzeug.serving import make_server
made = make_server("127.0.0.1", 0, app)
try:
    while True:
        made.handle_request()
except KeyboardInterrupt:
    print("interrupted")
"""
    )
    assert server.get().text == "hello waitress"
    assert server.stop(number) == 0
    assert server.lines[-2:] == ["interrupted", "behind the call"]


def test_what_cannot_be_honoured_is_declined(run: Run) -> None:
    server = run("app.run(port=0, ssl_context='adhoc')")
    assert server.wait() == 4
    line = len(APP.splitlines()) + 2
    assert server.lines[0] == (
        f"error: server.py:{line}: ssl_context asks for https, which uncork serve does not speak"
    )


def test_a_server_class_of_the_scripts_own_is_declined_if_it_filters_requests(run: Run) -> None:
    server = run(
        """
from werkzeug.serving import ThreadedWSGIServer
class Mine(ThreadedWSGIServer):
    def verify_request(self, request, client_address):
        return client_address[0] == "10.0.0.1"
Mine("127.0.0.1", 0, app).serve_forever()
"""
    )
    assert server.wait() == 4
    assert "Mine changes verify_request of the development server" in server.lines[0]


def test_a_view_may_end_the_server_as_old_werkzeugs_let_it(serve: Serve, write: Write) -> None:
    name = write(f"""{APP}
@app.route("/shutdown", methods=["GET", "POST"])
def shutdown():
    request.environ.get("werkzeug.server.shutdown")()
    return "bye"

app.run(port=0)
print("behind the call")
""")
    server = serve(name, command=runner(interpreter("flask-1.1")))
    assert server.get("/shutdown").text == "bye"
    assert server.wait() == 0
    assert server.lines[-1] == "behind the call"


def test_the_oldest_flasks_shell_of_commands_serves(serve: Serve, write: Write) -> None:
    name = write(f"""{APP}
from flask_script import Manager, Server
manager = Manager(app)
manager.add_command("serve", Server(host="127.0.0.1", port=1, threaded=True))
if __name__ == "__main__":
    manager.run()
""")
    python = runner(interpreter("flask-1.1"))
    port = str(free_port())
    server = serve(
        name, "--", "runserver", "-h", "127.0.0.1", "-p", port, "--threaded", command=python
    )
    assert server.url == f"http://127.0.0.1:{port}"
    assert server.get().text == "hello waitress"
    assert server.stop() == 0
    other = serve("--port", "0", name, "--", "serve", command=python)
    assert other.get().text == "hello waitress"
    assert other.stop() == 0
    shown = serve(name, "--", "--help", command=python)
    assert shown.wait() == 0
    assert "runserver" in shown.output
