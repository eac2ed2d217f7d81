"""What the operator reads: a line for each request, levels for the journal, the app's own logs."""

from __future__ import annotations

import json
import re
import signal
import socket
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
from tests.ports import free_port
from tests.serve.conftest import GATED, PATIENCE, in_background, wait_until

if TYPE_CHECKING:
    from tests.serve.conftest import Answer, Gate, Serve, Server, Write

pytestmark = pytest.mark.process

APP = """
import logging, os, sys
from flask import Flask, request

app = Flask(__name__)

@app.route("/")
def index():
    return "hello"

@app.route("/missing-thing")
def missing():
    return "no", 404

@app.route("/fails")
def fails():
    raise RuntimeError("on purpose")
"""
RUN = "app.run(port=int(os.environ.get('AT', 0)))\n"
RAISES = """
    def app(environ, start_response):
        raise RuntimeError("on purpose")
"""
AS_JOURNAL = [
    "sh", "-c", 'export JOURNAL_STREAM=$(stat -Lc %d:%i /dev/fd/2); exec "$@"', "sh",
    sys.executable, "-m", "uncork.serve",
]  # fmt: skip
"""Makes the process believe that its stderr is the journal: systemd.exec(5)."""
DATE = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


def send(server: Server, request: bytes) -> bytes:
    """One request as it is, bytes for bytes."""
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
        client.sendall(request)
        return client.makefile("rb").read()


def requests_of(server: Server) -> list[str]:
    """The lines about requests."""
    return [line for line in server.lines if re.search(r'HTTP/1|"method"', line)]


def get(server: Server, path: str = "/") -> Answer:
    """One request, and wait for its line: it is written when the client has its answer."""
    before = len(requests_of(server))
    answer = server.get(path)
    wait_until(lambda: len(requests_of(server)) > before, "the request's line")
    return answer


# --- one line for each request ------------------------------------------------


def test_a_request_is_one_line(serve: Serve, write: Write) -> None:
    server = serve(write(APP + RUN))
    get(server, "/?key=value")
    get(server, "/missing-thing")
    get(server, "/fails")
    assert server.stop() == 0
    found = requests_of(server)
    expected = [
        '/?key=value HTTP/1.1" 200 5',
        '/missing-thing HTTP/1.1" 404 2',
        '/fails HTTP/1.1" 500 ',
    ]
    for line, middle in zip(found, expected, strict=True):
        assert re.fullmatch(rf'{DATE} 127\.0\.0\.1 "GET {re.escape(middle)}\d* ?\d+ms', line), line


def test_what_a_client_sends_can_not_forge_a_line(serve: Serve, write: Write) -> None:
    server = serve(write(APP + RUN))
    for target in (b"/\x1b[2J", b"/a\tb", b"/\xc3\xa9\xe2\x80\xae", b'/"quoted"', b"/%0aforged"):
        send(server, b"GET " + target + b" HTTP/1.0\r\n\r\n")
    assert server.stop() == 0
    found = requests_of(server)
    assert len(found) == 5
    assert all(line.isprintable() for line in found)
    assert not any(line.startswith("forged") for line in server.lines)


def test_a_request_that_is_none_is_a_line_as_well(serve: Serve, write: Write) -> None:
    server = serve(write(APP + RUN))
    assert b" 400 " in send(server, b"\x16\x03\x01 is TLS\r\n\r\n")
    assert server.stop() == 0
    assert re.fullmatch(
        rf'{DATE} 127\.0\.0\.1 "- - HTTP/1\.0" 400 \d+ \d+ms', requests_of(server)[0]
    )


def test_json_is_one_object_a_line_with_the_same_keys(serve: Serve, write: Write) -> None:
    server = serve("--access-log", "json", write(APP + RUN))
    server.get(
        "/?q=%E2%80%A8&key=1",
        {"User-Agent": 'tést\u0085"', "Referer": "http://a/", "X-Request-ID": "7"},
    )
    server.wait_for('"method"')
    send(server, b"nonsense\r\n\r\n")
    assert server.stop() == 0
    first, second = (json.loads(line) for line in requests_of(server))
    assert first.keys() == second.keys()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.pop("time"))
    assert first.pop("duration_ms") >= 0
    assert first == {
        "remote": "127.0.0.1",
        "method": "GET",
        "path": "/?q=%E2%80%A8&key=1",
        "protocol": "HTTP/1.1",
        "status": 200,
        "size": 5,
        "user_agent": 'tést\u0085"',
        "referer": "http://a/",
        "request_id": "7",
    }
    assert second["status"] == 400
    assert second["method"] is None


def test_the_log_can_be_switched_off(serve: Serve, write: Write) -> None:
    server = serve("--access-log", "off", write(APP + RUN))
    assert server.get().status == 200
    assert server.stop() == 0
    assert requests_of(server) == []


SILENCED = {
    "level": "logging.getLogger('werkzeug').setLevel(logging.ERROR)\n",
    "disabled": "logging.getLogger('werkzeug').disabled = True\n",
    "all logging": "logging.disable(logging.INFO)\n",
    "filter": (
        "logging.getLogger('werkzeug').addFilter("
        "lambda record: 'GET / ' not in record.getMessage())\n"
    ),
}


@pytest.mark.parametrize("way", SILENCED, ids=str)
def test_a_script_that_silences_werkzeugs_log_silences_this_one(
    serve: Serve, write: Write, way: str
) -> None:
    script = write(APP + SILENCED[way] + RUN)
    server = serve(script)
    server.get()
    server.get("/missing-thing")
    assert server.stop() == 0
    assert len(requests_of(server)) == (1 if way == "filter" else 0)
    # The operator's word comes first.
    asked = serve("--access-log", "text", script)
    asked.get()
    assert asked.stop() == 0
    assert len(requests_of(asked)) == 1


def test_a_filter_that_raises_fails_no_request(serve: Serve, write: Write) -> None:
    broken = "logging.getLogger('werkzeug').addFilter(lambda record: record.nothing)\n"
    server = serve(write(APP + broken + RUN))
    assert server.get().status == 200
    assert server.stop() == 0
    assert len(requests_of(server)) == 1


@pytest.mark.parametrize("source", ["app", "view"])
def test_an_exception_is_in_the_log_once_and_names_its_request(
    serve: Serve, write: Write, source: str
) -> None:
    write(RAISES, "plain.py")
    server = serve("--port", "0", "plain:app") if source == "app" else serve(write(APP + RUN))
    assert server.get("/fails").status == 500
    assert server.stop() == 0
    assert server.output.count("Traceback (most recent call last)") == 1
    assert server.output.count("RuntimeError: on purpose") == 1
    assert ['"GET /fails HTTP/1.1" 500' in line for line in requests_of(server)] == [True]


def test_the_clients_address_is_named_for_a_file_and_an_empty_answer(
    serve: Serve, write: Write
) -> None:
    more = """
@app.route("/file")
def file():
    from flask import send_file
    return send_file(__file__)

@app.route("/empty")
def empty():
    return "", 204
"""
    server = serve(write(APP + more + RUN))
    size = len(get(server, "/file").body)
    get(server, "/empty")
    assert server.stop() == 0
    first, second = requests_of(server)
    assert f'127.0.0.1 "GET /file HTTP/1.1" 200 {size} ' in first
    assert '127.0.0.1 "GET /empty HTTP/1.1" 204 0 ' in second


# --- in the journal ---------------------------------------------------------------


def test_in_the_journal_lines_have_levels_and_no_date(serve: Serve, write: Write) -> None:
    server = serve(write(APP + RUN), command=AS_JOURNAL)
    get(server)
    get(server, "/missing-thing")
    get(server, "/fails")
    assert server.stop() == 0
    found = requests_of(server)
    assert [line.split(" ")[0] for line in found] == ["127.0.0.1", "127.0.0.1", "<4>127.0.0.1"]
    assert server.wait_for("uncork: serving").startswith("uncork: ")


def test_in_the_journal_errors_and_warnings_are_ones(serve: Serve, write: Write) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        server = serve("--port", port, "--trusted-proxy", "*", write(APP + RUN), command=AS_JOURNAL)
        assert server.wait() == 7
    assert server.lines[0].startswith("<4>uncork: --trusted-proxy *: ")
    assert server.lines[1].startswith(f"<3>error: 127.0.0.1:{port} is in use")
    assert server.lines[2].startswith("<3>hint: ")


def test_json_goes_into_the_journal_as_it_is(serve: Serve, write: Write) -> None:
    server = serve("--access-log", "json", write(APP + RUN), command=AS_JOURNAL)
    get(server)
    get(server, "/fails")
    assert server.stop() == 0
    first, second = requests_of(server)
    assert json.loads(first)["status"] == 200
    assert second.startswith("<4>{")


# --- the app's own logging ------------------------------------------------------------

SAYS = """
def say(at):
    app.logger.debug("MARK %s app debug", at)
    app.logger.info("MARK %s app info", at)
    app.logger.warning("MARK %s app warning", at)
    for name in ("other", "server.sub"):
        for level in ("debug", "info", "warning"):
            getattr(logging.getLogger(name), level)("MARK %s %s %s", at, name, level)
    print("MARK", at, "printed")
    print("MARK", at, "printed to stderr", file=sys.stderr)

@app.route("/say")
def view():
    say("view")
    return ""

say("start")
"""
SETTINGS = {
    "nothing": "",
    "basicConfig": "logging.basicConfig()\n",
    "basicConfig INFO": "logging.basicConfig(level=logging.INFO, format='F %(message)s')\n",
    "app.logger INFO": "app.logger.setLevel(logging.INFO)\n",
    "no handler": "app.logger.handlers.clear(); app.logger.propagate = False\n",
    "dictConfig": (
        "import logging.config\n"
        "logging.config.dictConfig({'version': 1, 'formatters': {'f': {'format': 'F %(message)s'}},"
        " 'handlers': {'h': {'class': 'logging.StreamHandler', 'formatter': 'f'}},"
        " 'root': {'level': 'INFO', 'handlers': ['h']}})\n"
    ),
}


def said(server: Server) -> list[str]:
    """What the app said, without dates."""
    return sorted(re.sub(r"\d", "#", line) for line in server.lines if "MARK" in line)


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_the_apps_logging_shows_what_it_shows_under_python(
    serve: Serve, write: Write, setting: str
) -> None:
    script = write(APP + SETTINGS[setting] + SAYS + RUN)
    port = free_port()
    under_python = serve(script, command=[sys.executable], env={"AT": str(port)})
    with socket.socket() as probe:
        wait_until(lambda: probe.connect_ex(("127.0.0.1", port)) == 0, "python listens")
    under_python.__dict__["url"] = f"http://127.0.0.1:{port}"
    under_python.get("/say")
    under_python.send(signal.SIGINT)
    under_python.wait()
    server = serve(script)
    server.get("/say")
    assert server.stop() == 0
    assert said(server) == said(under_python)
    assert [line for line in said(server) if "printed" in line] != []


def test_debug_messages_of_a_debugging_app_vanish_with_debug(serve: Serve, write: Write) -> None:
    """Flask's logger shows DEBUG in debug mode alone: flask/logging.py, create_logger."""
    views_only = SAYS.replace('say("start")\n', "")
    server = serve(write(APP + views_only + "app.run(port=0, debug=True)\n"))
    server.get("/say")
    assert server.stop() == 0
    assert "MARK view app warning" in server.output
    assert "MARK view app info" not in server.output


def test_what_the_app_says_arrives_at_once(serve: Serve, write: Write, gate: Gate) -> None:
    server = serve(write(GATED))
    held = in_background(server.get, "/held/one")
    # The view is held by the gate, so this came before its end.
    assert server.wait_for("held one") == "held one"
    gate.open()
    assert held.result().status == 200


# --- when threads are all busy -------------------------------------------------------


def test_a_queue_that_grows_is_one_line_that_says_what_to_do(
    serve: Serve, write: Write, gate: Gate
) -> None:
    server = serve("--threads", "1", write(textwrap.dedent(GATED)))
    held = [in_background(server.get, f"/held/{number}") for number in range(4)]
    line = server.wait_for("--threads")
    assert line.startswith("uncork: ")
    assert re.search(r"\b3 ", line)
    for number in range(1, 5):
        server.wait_for("held ", times=number)
        gate.open()
    assert all(each.result().status == 200 for each in held)
    assert server.stop() == 0
    assert len([each for each in server.lines if "--threads" in each]) == 1
