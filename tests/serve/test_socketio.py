"""Socket.IO and websockets: unchanged scripts, real clients on real connections.

Server and clients run in environments that hold no uncork, see `tests.environments`.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
from typing import TYPE_CHECKING

import pytest
from tests.environments import interpreter
from tests.serve.conftest import ask, in_background, refuses, wait_until
from tests.serve.test_interpreter import runner

from uncork.errors import DeclinedError
from uncork.serve.options import DEFAULT_PORT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serve.conftest import Gate, Serve, Server, Write

    Start = Callable[..., Server]

pytestmark = pytest.mark.process

SOCKETIO = """
    import pathlib, sys
    from flask import Flask, request
    from flask_socketio import SocketIO, emit, join_room

    app = Flask(__name__)
    sio = SocketIO(app, async_mode="MODE", logger=False)

    def say(*words):
        sys.stdout.write(" ".join(map(str, words)) + "\\n")

    @app.route("/")
    def index():
        return "hello, debug is %s" % app.debug

    @app.route("/tell/<room>")
    def tell(room):
        sio.emit("news", room, room=room)
        return "told"

    @app.route("/held")
    def held():
        say("held")
        pathlib.Path("gate").read_text()
        sio.emit("news", "before the end")
        return "let go"

    @sio.on("connect")
    def connect():
        say("connected", request.sid)

    @sio.on("disconnect")
    def disconnect(*reason):
        say("disconnected", request.sid)

    @sio.on("join")
    def join(room):
        join_room(room)
        return "joined " + room

    @sio.on("echo")
    def echo(data):
        emit("echo", data)

    @sio.on("start")
    def start():
        sio.start_background_task(count)

    def count():
        for number in range(3):
            sio.sleep(0.01)
            sio.emit("count", number)

    def forever():
        while True:
            sio.sleep(60)

    sio.start_background_task(forever)

    if __name__ == "__main__":
        try:
            sio.run(app, port=0, debug=True)
            say("behind run")
        finally:
            say("finally")
"""
"""Rooms, a background task that emits, an acknowledged event, and code behind the run call."""

CLIENTS = """
    import os, sys, threading
    import socketio

    left = threading.Semaphore(0)

    def say(*words):
        sys.stdout.write(" ".join(map(str, words)) + "\\n")
        sys.stdout.flush()

    def connect(url, transports, name):
        client = socketio.Client(reconnection=False)
        client.on("news", lambda news: say(name, "news", news))
        client.on("count", lambda number: say(name, "count", number))
        client.on("echo", lambda data: say(name, "echo", data))
        client.on("disconnect", lambda *reason: (say(name, "bye"), left.release()))
        client.connect(url, transports=transports.split(","))
        say(name, client.call("join", name), "by", client.eio.transport())
        return client

    url, transports, number = sys.argv[1:]
    clients = [connect(url, transports, "c%d" % n) for n in range(int(number))]
    clients[0].emit("echo", {"data": b"bytes", "text": "text"})
    clients[0].emit("start")
    say("all connected")
    for client in clients:
        left.acquire()
    os._exit(0)  # Its own threads may linger for a ping's time.
"""
"""So many Socket.IO clients, each in a room of its own, until the server says good-bye."""


@pytest.fixture
def under(serve: Serve) -> Start:
    """Serve in an environment: its name first, then arguments."""

    def start(environment: str, *arguments: str) -> Server:
        return serve(*arguments, command=runner(interpreter(environment)))

    return start


@pytest.fixture
def clients(serve: Serve, write: Write) -> Start:
    """Connect Socket.IO clients: environment, server, transports, how many."""

    def start(environment: str, server: Server, transports: str, number: int = 1) -> Server:
        write(CLIENTS, "clients.py")
        url = f"http://127.0.0.1:{server.port}"
        started = serve(
            "clients.py", url, transports, str(number), command=[interpreter(environment)]
        )
        started.wait_for("all connected")
        return started

    return start


def script(mode: str = "threading") -> str:
    """The script in an async mode."""
    return SOCKETIO.replace("MODE", mode)


@pytest.mark.parametrize(
    ("environment", "mode", "transports", "becomes"),
    [
        ("flask-3", "threading", "websocket", "websocket"),
        ("flask-3", "threading", "polling", "polling"),
        ("flask-3", "threading", "polling,websocket", "websocket"),
        ("flask-2.2", "threading", "websocket", "websocket"),
        ("flask-2.2", "threading", "polling", "polling"),
        ("flask-1.1", "threading", "polling,websocket", "polling"),
        ("flask-3", "gevent", "websocket", "websocket"),
        ("flask-3", "gevent", "polling", "polling"),
        ("flask-3", "eventlet", "websocket", "websocket"),
        ("flask-3", "eventlet", "polling", "polling"),
    ],
)
def test_a_socketio_script_is_served_and_stopped(  # noqa: PLR0917 - fixtures and parameters
    under: Start,
    clients: Start,
    write: Write,
    environment: str,
    mode: str,
    transports: str,
    becomes: str,
) -> None:
    server = under(environment, write(script(mode)))
    assert server.get().text == "hello, debug is False"
    client = clients(environment, server, transports)
    client.wait_for(f"c0 joined c0 by {becomes}")
    client.wait_for("c0 echo {'data': b'bytes', 'text': 'text'}")
    client.wait_for("c0 count 2")
    assert server.get("/tell/c0").text == "told"
    client.wait_for("c0 news c0")
    assert server.stop() == 0
    assert client.wait() == 0
    assert client.lines[-1] == "c0 bye"
    assert sum(line.startswith("disconnected ") for line in server.lines) == 1
    assert [line for line in server.lines if line in {"behind run", "finally"}] == [
        "behind run",
        "finally",
    ]
    assert "erkzeug" not in server.output
    assert "Traceback" not in server.output


@pytest.mark.parametrize("mode", ["threading", "gevent", "eventlet"])
def test_debug_opens_no_console(under: Start, write: Write, mode: str) -> None:
    server = under("flask-3", write(script(mode)))
    assert server.get("/console").status == http.client.NOT_FOUND
    assert server.stop() == 0


@pytest.mark.parametrize(("transport", "number"), [("websocket", 60), ("polling", 12)])
def test_open_pages_take_no_thread_from_requests(
    under: Start, clients: Start, write: Write, gate: Gate, transport: str, number: int
) -> None:
    server = under("flask-3", "--threads", "2", write(script()))
    client = clients("flask-3", server, transport, number)
    held = in_background(server.get, "/held")
    server.wait_for("held")
    assert server.get().text == "hello, debug is False"
    gate.open()
    assert held.result().text == "let go"
    client.wait_for("news before the end", number)
    assert server.stop() == 0
    client.wait_for("bye", number)
    assert client.wait() == 0
    assert sum(line.startswith("disconnected ") for line in server.lines) == number


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_stop_lets_requests_finish_before_it_says_good_bye(
    under: Start, clients: Start, write: Write, gate: Gate, transport: str
) -> None:
    server = under("flask-3", write(script()))
    client = clients("flask-3", server, transport)
    held = in_background(server.get, "/held")
    server.wait_for("held")
    server.send(signal.SIGTERM)
    said = server.wait_for("SIGTERM: stopping")
    if transport == "websocket":  # A poll may be on its way just now.
        assert said.endswith("1 request to finish")
    wait_until(lambda: refuses(server), "new connections are refused")
    gate.open()
    assert held.result().text == "let go"
    assert client.wait() == 0
    if transport == "websocket":  # One that polled just now has found nobody any more.
        assert "c0 news before the end" in client.lines
    assert client.lines[-1] == "c0 bye"
    assert server.wait() == 0


def test_a_poll_that_waits_is_answered_by_a_packet_that_does_nothing(
    under: Start, write: Write
) -> None:
    server = under("flask-3", write(script()))
    polling = "/socket.io/?EIO=4&transport=polling"
    with contextlib.closing(server.connect()) as connection:
        polling += "&sid=" + json.loads(ask(connection, polling).text[1:])["sid"]
        connection.request("POST", polling, "40")  # Connect to Socket.IO's main namespace.
        assert connection.getresponse().read() == b"OK"
        assert ask(connection, polling).text.startswith("40")
        poll = in_background(ask, connection, polling)
        server.send(signal.SIGTERM)
        assert poll.result().text == "6"
    assert server.wait() == 0


RAW = {
    "app.run": "app.wsgi_app = socketio.WSGIApp(sio, app.wsgi_app)\napp.run(port=0)",
    "run_simple": (
        "from werkzeug.serving import run_simple\n"
        "run_simple('127.0.0.1', 0, socketio.WSGIApp(sio, app), threaded=True)"
    ),
    "waitress": (
        "from waitress import serve\nserve(socketio.WSGIApp(sio, app), listen='127.0.0.1:0')"
    ),
}


@pytest.mark.parametrize("way", RAW)
def test_python_socketio_alone_is_served_too(
    under: Start, clients: Start, write: Write, way: str
) -> None:
    server = under(
        "flask-3",
        write(
            f"""
import socketio
from flask import Flask

app = Flask(__name__)
sio = socketio.Server(async_mode="threading")

@app.route("/")
def index():
    return "hello"

@sio.event
def join(sid, room):
    return "joined " + room

@sio.event
def echo(sid, data):
    sio.emit("echo", data, to=sid)

@sio.event
def disconnect(sid, *reason):
    print("disconnected\\n", end="")

{RAW[way]}
print("behind run")
"""
        ),
    )
    assert server.get().text == "hello"
    client = clients("flask-3", server, "polling,websocket")
    client.wait_for("c0 joined c0 by websocket")
    client.wait_for("c0 echo")
    assert server.stop() == 0
    assert client.wait() == 0
    assert client.lines[-1] == "c0 bye"
    assert server.lines.count("disconnected") == 1
    assert server.lines[-1] == "behind run"


RUN = """
from flask import Flask
from flask_socketio import SocketIO

app = Flask(__name__)
sio = SocketIO(app, async_mode="threading")
app.config["SERVER_NAME"] = "localhost:0"
{}
print("behind run")
"""


def test_host_and_port_are_found_as_socketio_finds_them(under: Start, write: Write) -> None:
    server = under("flask-3", write(RUN.format("sio.run(app)")))
    assert server.url.startswith("http://127.0.0.1:")
    assert server.port != DEFAULT_PORT
    assert server.stop() == 0


def test_what_run_takes_for_itself_does_not_reach_the_server(under: Start, write: Write) -> None:
    arguments = (
        "debug=True, use_reloader=True, log_output=True, extra_files=['a'], "
        "reloader_options={'reloader_type': 'stat'}, allow_unsafe_werkzeug=True"
    )
    server = under("flask-3", write(RUN.format(f"sio.run(app, 'localhost', 0, {arguments})")))
    assert server.stop() == 0
    assert server.lines[-1] == "behind run"


def test_https_is_declined(under: Start, write: Write) -> None:
    server = under("flask-3", write(RUN.format("sio.run(app, ssl_context='adhoc')")))
    assert server.wait() == DeclinedError.status
    assert server.lines[0].startswith("error: server.py:8: ssl_context asks for https")
