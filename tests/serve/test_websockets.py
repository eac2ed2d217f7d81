"""Websockets of Flask-Sock and simple-websocket in a plain Flask script.

Well-behaved clients are websocket-client's, in a process of its own; others are bare sockets.
"""

from __future__ import annotations

import contextlib
import http.client
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.environments import interpreter
from tests.serve.conftest import PATIENCE, ask, wait_until
from tests.serve.test_interpreter import runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.serve.conftest import Gate, Serve, Server, Write

    Start = Callable[..., Server]

pytestmark = pytest.mark.process

SCRIPT = """
    import pathlib, sys
    from flask import Flask, Response, request
    from simple_websocket import ConnectionClosed, Server

    app = Flask(__name__)

    def say(*words):
        sys.stdout.write(" ".join(map(str, words)) + "\\n")

    @app.route("/")
    def index():
        return "hello, socket: %s" % ("werkzeug.socket" in request.environ)

    @app.route("/raw", websocket=True)
    def raw():
        ws = Server.accept(request.environ)
        say("open")
        try:
            while True:
                message = ws.receive()
                if message == "leave":
                    ws.close(4000, "as asked")
                    break
                if message == "fail":
                    raise RuntimeError("on purpose")
                ws.send(message)
        except ConnectionClosed as closed:
            say("closed", int(closed.reason))
        return "dropped"

    @app.route("/stubborn", websocket=True)
    def stubborn():
        ws = Server.accept(request.environ)
        ws.send("here")
        say("stubborn")
        pathlib.Path("gate").read_text()
        return ""

    @app.route("/flood", websocket=True)
    def flood():
        ws = Server.accept(request.environ)
        say("flood")
        try:
            while True:
                ws.send(b"x" * 65536)
        except (ConnectionClosed, OSError):
            say("flood ends")
        return ""

    @app.route("/declined", websocket=True)
    def declined():
        return "no websocket here, but a socket: %s" % ("werkzeug.socket" in request.environ), 403

    if __name__ == "__main__":
        app.run(port=0)
        say("behind run")
"""
"""Views that take the websocket themselves, as Flask-Sock does above the same library."""

SOCK = """
    import sys
    from flask import Flask
    from flask_sock import Sock

    app = Flask(__name__)
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": 25}
    sock = Sock(app)

    @sock.route("/echo")
    def echo(ws):
        while True:
            ws.send(ws.receive())

    @sock.route("/once")
    def once(ws):
        ws.send("and good-bye")

    app.run(port=0)
"""

CLIENT = """
    import sys
    import websocket

    def say(*words):
        sys.stdout.write(" ".join(map(str, words)) + "\\n")
        sys.stdout.flush()

    ws = websocket.create_connection(sys.argv[1], timeout=30)
    for message in sys.argv[2:]:
        ws.send_binary(b"x" * int(message)) if message.isdigit() else ws.send(message)
    while True:
        opcode, data = ws.recv_data(control_frame=True)
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            say("closed", int.from_bytes(data[:2], "big"), data[2:].decode())
            break
        say("received", len(data) if opcode == websocket.ABNF.OPCODE_BINARY else data.decode())
    ws.close()
"""
"""Sends its arguments, a number as so many bytes; reports what it receives until it is closed."""

_HANDSHAKE = (
    "GET {} HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture
def under(serve: Serve) -> Start:
    """Serve in the newest environment."""

    def start(*arguments: str) -> Server:
        return serve(*arguments, command=runner(interpreter("flask-3")))

    return start


@pytest.fixture
def client(serve: Serve, write: Write) -> Start:
    """Connect a client to a path, and send messages."""

    def start(server: Server, path: str, *messages: str) -> Server:
        write(CLIENT, "client.py")
        url = f"ws://127.0.0.1:{server.port}{path}"
        return serve("client.py", url, *messages, command=[interpreter("flask-3")])

    return start


@contextlib.contextmanager
def bare(server: Server, path: str, behind: str = "") -> Iterator[socket.socket]:
    """A websocket whose client does nothing by itself.

    Args:
        server: to connect to.
        path: of the websocket.
        behind: sent with the handshake.
    """
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall((_HANDSHAKE.format(path) + behind).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        assert head.startswith(b"HTTP/1.1 101 ")
        yield connection


def everything(connection: socket.socket) -> bytes:
    """All that still comes."""
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


GOING_AWAY = b"\x88\x02\x03\xe9"


def test_a_websocket_carries_text_and_large_messages(
    under: Start, client: Start, write: Write
) -> None:
    server = under(write(SCRIPT))
    visitor = client(server, "/raw", "hello", str(8 << 20), "leave")
    visitor.wait_for("received hello")
    visitor.wait_for(f"received {8 << 20}")
    visitor.wait_for("closed 4000 as asked")
    assert visitor.wait() == 0
    assert '"GET /raw HTTP/1.1" 101 ' in server.wait_for("/raw")
    assert server.stop() == 0
    assert "dropped" not in server.output


def test_the_loop_reads_nothing_of_what_is_the_views(under: Start, write: Write) -> None:
    run = "from waitress import serve; serve(app, port=0, channel_request_lookahead=4)"
    server = under(write(SCRIPT.replace("app.run(port=0)", run)))
    with bare(server, "/raw") as connection:
        for _ in range(50):
            connection.sendall(b"\x81\x82\0\0\0\0hi")
            assert connection.recv(4, socket.MSG_WAITALL) == b"\x81\x02hi"


def test_flask_sock_is_served(under: Start, client: Start, write: Write) -> None:
    server = under(write(SOCK))
    client(server, "/echo", "hello").wait_for("received hello")
    once = client(server, "/once")
    once.wait_for("closed 1000")
    assert once.lines[0] == "received and good-bye"
    assert server.stop() == 0
    assert "Traceback" not in server.output


def test_a_visitor_who_leaves_ends_the_view(under: Start, write: Write) -> None:
    server = under(write(SCRIPT))
    with bare(server, "/raw") as connection:
        server.wait_for("open")
        connection.sendall(b"\x88\x82\0\0\0\0\x03\xe8")
        assert everything(connection) == b"\x88\x02\x03\xe8"
    server.wait_for("closed 1000")
    with bare(server, "/raw"):
        server.wait_for("open", 2)
    server.wait_for("closed 1005")
    server.wait_for('"GET /raw HTTP/1.1" 101 ', 2)


def test_closed_websockets_leave_no_threads(under: Start, write: Write) -> None:
    server = under(write(SCRIPT))
    assert server.get().status == http.client.OK
    tasks = Path(f"/proc/{server.process.pid}/task")
    before = len(list(tasks.iterdir()))
    with contextlib.ExitStack() as visitors:
        for _ in range(12):
            visitors.enter_context(bare(server, "/raw"))
        server.wait_for("open", 12)
        assert len(list(tasks.iterdir())) > before
    server.wait_for('"GET /raw HTTP/1.1" 101 ', 12)
    wait_until(lambda: len(list(tasks.iterdir())) <= before, "as many threads as before")


def test_a_request_behind_a_websocket_is_dropped(under: Start, write: Write) -> None:
    server = under(write(SCRIPT))
    with bare(server, "/raw", "GET /behind HTTP/1.1\r\nHost: test\r\n\r\n") as connection:
        server.wait_for("open")
        connection.shutdown(socket.SHUT_WR)
        assert everything(connection) == b""
    server.wait_for('"GET /raw HTTP/1.1" 101 ')
    assert server.stop() == 0
    assert "/behind" not in server.output


def test_a_view_that_fails_writes_no_answer_into_the_websocket(under: Start, write: Write) -> None:
    server = under(write(SCRIPT))
    with bare(server, "/raw") as connection:
        connection.sendall(b"\x81\x84\0\0\0\0fail")
        assert everything(connection) == b""
    server.wait_for("RuntimeError: on purpose")
    assert server.get().text == "hello, socket: False"


def test_a_view_that_takes_no_websocket_answers_as_always(under: Start, write: Write) -> None:
    server = under(write(SCRIPT))
    connection = server.connect()
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
    with contextlib.closing(connection):
        answer = ask(connection, "/declined", upgrade)
        assert (answer.status, answer.text) == (403, "no websocket here, but a socket: True")
        assert ask(connection, "/nowhere", upgrade).status == http.client.NOT_FOUND
        # Without a key it is no handshake: the library raises before it uses the socket.
        assert ask(connection, "/raw", upgrade).status == http.client.INTERNAL_SERVER_ERROR
        other = {"Upgrade": "h2c", "Connection": "Upgrade"}
        assert ask(connection, "/", other).text == "hello, socket: False"


def test_a_stop_tells_every_client_that_the_server_goes_away(
    under: Start, client: Start, write: Write
) -> None:
    server = under(write(SCRIPT))
    visitors = [client(server, "/raw", "hello") for _ in range(2)]
    for visitor in visitors:
        visitor.wait_for("received hello")
    assert server.stop() == 0
    for visitor in visitors:
        visitor.wait_for("closed 1001")
        assert visitor.wait() == 0
    assert server.output.count('"GET /raw HTTP/1.1" 101 ') == len(visitors)
    assert server.lines[-1] == "behind run"


def test_a_client_that_does_not_answer_is_left_after_a_while(under: Start, write: Write) -> None:
    server = under(write(SCRIPT))
    with bare(server, "/raw") as connection:
        server.wait_for("open")
        assert server.stop() == 0
        assert everything(connection) == GOING_AWAY
    assert "closed 1005" in server.lines
    assert server.lines[-1] == "behind run"


def test_behind_the_good_bye_nothing_more_is_sent(under: Start, write: Write) -> None:
    server = under(write(SCRIPT))
    with bare(server, "/raw") as connection:
        server.wait_for("open")
        server.send(signal.SIGTERM)
        assert connection.recv(4, socket.MSG_WAITALL) == GOING_AWAY
        connection.sendall(b"\x81\x82\0\0\0\0hi")
        connection.sendall(b"\x88\x82\0\0\0\0\x03\xe9")
        assert everything(connection) == b""
    server.wait_for("closed 1001")
    assert server.wait() == 0


def test_a_client_that_reads_nothing_holds_no_stop(under: Start, write: Write) -> None:
    server = under(write(SCRIPT))
    with bare(server, "/flood"):
        server.wait_for("flood")
        assert server.stop() == 0
    assert "flood ends" in server.lines
    assert server.lines[-1] == "behind run"


@pytest.mark.parametrize("way", ["the deadline", "a second signal"])
def test_a_view_that_does_not_end_is_cut_off(
    under: Start, write: Write, gate: Gate, way: str
) -> None:
    timeout = "0.6" if way == "the deadline" else "60"
    server = under("--drain-timeout", timeout, write(SCRIPT))
    assert gate.path.exists()  # What the view waits for.
    with bare(server, "/stubborn") as connection:
        server.wait_for("stubborn")
        server.send(signal.SIGTERM)
        server.wait_for("SIGTERM: stopping")
        if way == "a second signal":
            server.send(signal.SIGTERM)
        assert everything(connection) == b"\x81\x04here" + GOING_AWAY
        assert server.wait() == 0
    assert server.lines[-1] == "behind run"
