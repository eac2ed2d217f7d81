"""Every way of running an app passes a seam; what can't be honoured is declined."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from tests.serve.conftest import in_background

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serve.conftest import Gate, Serve, Write

pytestmark = pytest.mark.process

APP = """
import os, sys, threading
from flask import Flask, request

app = Flask(__name__)

@app.route("/")
def index():
    return "hello " + request.environ["SERVER_SOFTWARE"]

@app.route("/where")
def where():
    return "%s %s" % (app.debug, os.environ.get("WERKZEUG_RUN_MAIN"))

@app.route("/fails")
def fails():
    raise RuntimeError("on purpose")
"""

WAYS = {
    "Flask.run": "app.run(port=0)",
    "positional": "app.run('127.0.0.1', 0)",
    "port as text": "app.run(port='0')",
    "kwargs": "app.run(**{'host': 'localhost', 'port': 0, 'debug': False})",
    "debug": "app.run(port=0, debug=True)",
    "class": "Flask.run(app, port=0)",
    "server name": "app.config['SERVER_NAME'] = 'localhost:0'\napp.run()",
    "run_simple": "from werkzeug.serving import run_simple\nrun_simple('127.0.0.1', 0, app)",
    "run_simple, module": (
        "import werkzeug.serving as s\ns.run_simple('127.0.0.1', 0, app, threaded=True)"
    ),
    "make_server": (
        "from werkzeug.serving import make_server\nmake_server('127.0.0.1', 0, app).serve_forever()"
    ),
    "waitress.serve": "from waitress import serve\nserve(app, host='127.0.0.1', port=0)",
    "waitress, module": "import waitress\nwaitress.serve(app, listen='127.0.0.1:0')",
    "waitress, quiet": "import waitress\nwaitress.serve(app, listen='127.0.0.1:0', _quiet=True)",
    "create_server": (
        "from waitress.server import create_server\n"
        "s = create_server(app, host='127.0.0.1', port=0)\n"
        "print(s.effective_port)\ns.run()"
    ),
    "in a function": "def main():\n    app.run(port=0)\nmain()",
    "in a thread": "t = threading.Thread(target=app.run, kwargs={'port': 0})\nt.start()\nt.join()",
}


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_each_way_of_running_is_served_by_the_same_server(
    serve: Serve, write: Write, way: str
) -> None:
    server = serve(write(f"{APP}\n{WAYS[way]}\nprint('behind the call')\n"))
    assert server.get().text == "hello waitress"
    assert server.stop() == 0
    assert server.lines.count("behind the call") == 1
    assert "development server" not in server.output


def test_debug_and_reloader_are_off_and_start_up_work_runs_once(serve: Serve, write: Write) -> None:
    server = serve(
        write(
            APP
            + """
if os.environ.get("WERKZEUG_RUN_MAIN") == "true":
    print("start-up work")
app.run(port=0, debug=True)
"""
        ),
        env={"FLASK_RUN_FROM_CLI": "true"},
    )
    assert server.get("/where").text == "False true"
    assert server.get("/fails").status == 500
    assert "Traceback" not in server.get("/fails").text
    assert server.stop() == 0
    assert server.lines.count("start-up work") == 1


def test_without_a_reloader_its_variable_stays_unset(serve: Serve, write: Write) -> None:
    server = serve(write(f"{APP}\napp.run(port=0)\n"), env={"WERKZEUG_RUN_MAIN": "true"})
    assert server.get("/where").text == "False None"


def test_a_server_object_knows_its_port_and_can_be_shut_down(serve: Serve, write: Write) -> None:
    server = serve(
        write(
            APP
            + """
from werkzeug.serving import make_server
import urllib.request
made = make_server("127.0.0.1", 0, app, threaded=True)
thread = threading.Thread(target=made.serve_forever)
thread.start()
print(urllib.request.urlopen(f"http://127.0.0.1:{made.port}/").read().decode())
made.shutdown()
thread.join()
print("shut down")
"""
        )
    )
    assert server.wait() == 0
    assert "hello waitress" in server.lines
    assert server.lines[-1] == "shut down"


def test_a_server_object_that_never_serves_gives_its_port_back(serve: Serve, write: Write) -> None:
    server = serve(
        write(
            APP
            + """
from werkzeug.serving import make_server
import socket
made = make_server("127.0.0.1", 0, app)
port = made.port
made.server_close()
socket.create_server(("127.0.0.1", port)).close()
app.run(port=0)
"""
        )
    )
    assert server.get().text == "hello waitress"


def test_threaded_false_means_one_request_at_a_time(serve: Serve, write: Write, gate: Gate) -> None:
    held = """
@app.route("/held")
def held():
    print("held")
    open("gate").read()
    print("let go")
    return ""
app.run(port=0, threaded=False)
"""
    server = serve(write(APP + held))
    assert "(1 thread, as the script asks)" in server.wait_for("uncork: serving")
    first = in_background(server.get, "/held")
    server.wait_for("held")
    second = in_background(server.get, "/held")
    gate.open()
    server.wait_for("held", times=2)
    gate.open()
    assert first.result().status == second.result().status == 200
    assert [line for line in server.lines if line in {"held", "let go"}] == ["held", "let go"] * 2


def test_static_files_are_served(serve: Serve, write: Write, tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.txt").write_text("a file")
    server = serve(
        write(
            f"{APP}\nfrom werkzeug.serving import run_simple\n"
            "run_simple('127.0.0.1', 0, app, static_files={'/files': 'static'})\n"
        )
    )
    assert server.get("/files/a.txt").text == "a file"


def test_waitress_keeps_the_scripts_adjustments(serve: Serve, write: Write) -> None:
    server = serve(
        write(
            f"{APP}\nimport waitress\n"
            "waitress.serve(app, listen='127.0.0.1:0', ident='mine', threads=3, url_prefix='/p')\n"
        )
    )
    assert server.get("/p/").text == "hello mine"
    assert "(3 threads, as the script asks)" in server.wait_for("uncork: serving")


def test_forwarded_headers_reach_proxyfix_as_under_python(serve: Serve, write: Write) -> None:
    server = serve(
        write(
            APP
            + """
from werkzeug.middleware.proxy_fix import ProxyFix
app.wsgi_app = ProxyFix(app.wsgi_app)
@app.route("/peer")
def peer():
    return request.remote_addr
app.run(port=0)
"""
        )
    )
    assert server.get("/peer", {"X-Forwarded-For": "192.0.2.7"}).text == "192.0.2.7"


def test_a_script_that_silences_werkzeug_gets_no_access_log(serve: Serve, write: Write) -> None:
    quiet = "import logging\nlogging.getLogger('werkzeug').setLevel(logging.ERROR)\n"
    server = serve(write(f"{quiet}{APP}\napp.run(port=0)\n"))
    assert server.get().status == 200
    assert server.stop() == 0
    assert "GET /" not in server.output


def test_requests_are_logged_without_control_characters(serve: Serve, write: Write) -> None:
    server = serve(write(f"{APP}\napp.run(port=0)\n"))
    assert server.get("/?a=%1b").status == 200
    assert '"GET /?a=%1b HTTP/1.1" 200' in server.wait_for("GET /")


DECLINED = {
    "ssl_context": (
        "app.run(port=0, ssl_context='adhoc')",
        "ssl_context asks for https, which uncork serve does not speak",
    ),
    "ssl_context, make_server": (
        (
            "from werkzeug.serving import make_server\n"
            "make_server('127.0.0.1', 0, app, ssl_context='adhoc')"
        ),
        "ssl_context asks for https, which uncork serve does not speak",
    ),
    "request_handler": (
        (
            "from werkzeug.serving import WSGIRequestHandler as H\n"
            "class Mine(H):\n    def make_environ(self): return {}\n"
            "app.run(port=0, request_handler=Mine)"
        ),
        "request_handler=Mine changes make_environ of the development server, which is not used",
    ),
    "asgi": (
        (
            "async def asgi(scope, receive, send): pass\n"
            "from werkzeug.serving import run_simple\nrun_simple('127.0.0.1', 0, asgi)"
        ),
        "this is an ASGI application, and uncork serves WSGI",
    ),
    "own loop": (
        ("from waitress.server import create_server\ncreate_server(app, map={})"),
        "create_server(map=...) runs waitress in the script's own loop",
    ),
}


@pytest.mark.parametrize("case", DECLINED, ids=str)
@pytest.mark.parametrize("around", ["", "except Exception", "except", "thread"])
def test_what_cannot_be_honoured_is_declined_with_its_place(
    serve: Serve, write: Write, case: str, around: str
) -> None:
    call, fact = DECLINED[case]
    body = "".join(f"    {line}\n" for line in call.splitlines())
    if around == "thread":
        body = f"def run():\n{body}\nthreading.Thread(target=run).start()\n"
        body += "import time\ntime.sleep(600)\n"
    elif around:
        body = f"try:\n{body}{around}:\n    print('went on')\n"
    else:
        body = call + "\n"
    server = serve(write(f"{APP}\n{body}"))
    assert server.wait() == 4
    errors = [line for line in server.lines if line.startswith("error: ")]
    line = next(i for i, t in enumerate(f"{APP}\n{body}".splitlines(), 1) if is_run_call(t))
    assert errors == [f"error: server.py:{line}: {fact}"]
    assert server.lines[server.lines.index(errors[0]) + 1].startswith("hint: ")
    assert "Traceback" not in server.output


def is_run_call(line: str) -> bool:
    """Whether this is the line of a case that makes the declined call."""
    return any(
        line.strip().startswith(call)
        for call in ("app.run(", "make_server(", "run_simple(", "create_server(")
    )


@pytest.mark.parametrize(
    "call",
    [
        "app.run(port=0, processes=2, threaded=False)",
        (
            "from werkzeug.serving import WSGIRequestHandler as H\n"
            "class Quiet(H):\n"
            "    def log_request(self, *a): pass\n"
            "    protocol_version = 'HTTP/1.1'\n"
            "app.run(port=0, request_handler=Quiet)"
        ),
    ],
)
def test_what_changes_no_answer_is_served(serve: Serve, write: Write, call: str) -> None:
    server = serve(write(f"{APP}\n{call}\n"))
    assert server.get().text == "hello waitress"
    if "processes" in call:
        line = server.wait_for("processes=2")
        assert line.startswith("uncork: server.py:")


def test_a_module_that_was_imported_before_is_patched_too(serve: Serve, write: Write) -> None:
    write("import werkzeug.serving, waitress\n", "sitecustomize.py")
    server = serve(write(f"{APP}\napp.run(port=0)\n"), env={"PYTHONPATH": "."})
    assert server.get().text == "hello waitress"


def test_nothing_of_the_command_line_or_the_analysis_is_imported(
    serve: Serve, write: Write
) -> None:
    server = serve(
        write("""
            import sys
            import waitress, werkzeug.serving
            from flask import Flask
            app = Flask(__name__)

            @app.route("/")
            def index():
                return "\\n".join(name for name in sys.modules if name.startswith("uncork."))

            app.run(port=0)
        """)
    )
    loaded = {name.split(".")[1] for name in server.get().text.split()}
    assert loaded == {"errors", "serve"}
    assert sys.executable
