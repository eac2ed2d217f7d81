"""What clients may take of time, places and bytes: nobody can shut out the rest."""

from __future__ import annotations

import resource
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.serve.answers import App
from tests.serve.conftest import PATIENCE, in_background, wait_until
from tests.serve.loopback import connect, request, talk, uncorks

from uncork.serve.adapter import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serve.conftest import Serve, Write

pytestmark = pytest.mark.process

CLOSE = "Connection: close\r\n"
TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\n"


@pytest.fixture
def app() -> Iterator[App]:
    """The application; its gate opens at the end at the latest."""
    app = App()
    yield app
    app.gate.set()


def quick(**changes: float) -> Limits:
    """Limits that a test can wait for."""
    return Limits(**{"header_timeout": 0.4, "sweep": 0.05, "linger": 0.3, **changes})


def read_all(client: socket.socket) -> bytes:
    """What comes until the server closes."""
    got = b""
    while more := client.recv(65536):
        got += more
    return got


def dribble(client: socket.socket, what: bytes) -> bytes:
    """Send a byte every now and then, until the server closes; returns what it said."""
    client.settimeout(0.05)
    got, deadline = b"", time.monotonic() + PATIENCE
    for number in range(100_000):
        assert time.monotonic() < deadline, "the server never closed"
        try:
            client.sendall(what[number % len(what) :][:1])
            more = client.recv(65536)
        except TimeoutError:
            continue
        except ConnectionError:
            break
        if not more:
            break
        got += more
    return got


# --- time --------------------------------------------------------------------


def test_dribbled_headers_do_not_renew_their_deadline(app: App) -> None:
    with uncorks(app, limits=quick()) as port, connect(port) as client:
        client.sendall(b"GET /hello HTTP/1.1\r\n")
        began = time.monotonic()
        assert dribble(client, b"X-Dribble: 1\r\n").startswith(TIMED_OUT)
        assert 0.3 < time.monotonic() - began < PATIENCE
    assert app.seen == []


def test_a_connection_that_says_nothing_is_closed_without_a_word(app: App) -> None:
    """A browser would take it for the answer to its next request."""
    with uncorks(app, limits=quick()) as port, connect(port) as client:
        assert read_all(client) == b""


@pytest.mark.parametrize("first", [b"", request("hello")], ids=["new", "kept"])
def test_blank_lines_are_no_request(app: App, first: bytes) -> None:
    with uncorks(app, limits=quick()) as port, connect(port) as client:
        client.sendall(first)
        dribble(client, b"\r\n")


def test_a_client_between_two_requests_has_time(app: App) -> None:
    with (
        uncorks(app, limits=quick(header_timeout=0.1)) as port,
        connect(port) as kept,
        connect(port) as new,
    ):
        kept.sendall(request("hello"))
        assert b"hello" in kept.recv(65536)
        # What is granted for headers is over for the other one.
        assert read_all(new) == b""
        kept.sendall(request("hello"))
        assert b"hello" in kept.recv(65536)


def test_the_head_of_a_later_request_has_the_same_deadline(app: App) -> None:
    with uncorks(app, limits=quick()) as port, connect(port) as client:
        client.sendall(request("hello"))
        assert b"hello" in client.recv(65536)
        client.sendall(b"GET /hello HTTP/1.1\r\n")
        assert dribble(client, b"X: 1\r\n").startswith(TIMED_OUT)


def test_the_scripts_own_time_for_idle_connections_holds(app: App) -> None:
    with uncorks(app, limits=quick(), channel_timeout=1) as port, connect(port) as client:
        client.sendall(request("hello"))
        assert read_all(client).endswith(b"hello")


def test_a_slow_body_times_out(app: App) -> None:
    head = request("echo", method="POST", headers="Content-Length: 100000\r\n")
    limits = quick(body_grace=0.3, body_rate=1000)
    with uncorks(app, limits=limits) as port, connect(port) as client:
        client.sendall(head)
        assert dribble(client, b"x").startswith(TIMED_OUT)
    assert app.seen == []


def test_a_body_that_comes_fast_enough_has_all_the_time_it_takes(app: App) -> None:
    head = request("echo", method="POST", headers=f"Content-Length: 60000\r\n{CLOSE}")
    limits = quick(body_grace=0.2, body_rate=50_000)
    with uncorks(app, limits=limits) as port, connect(port) as client:
        client.sendall(head)
        for _ in range(60):
            client.sendall(b"x" * 1000)
            time.sleep(0.01)  # Its slowness is what is tested: 0.6 s in all.
        assert read_all(client).endswith(b"x" * 60_000)


def test_a_body_is_waited_for_from_when_it_was_asked_for(app: App) -> None:
    expecting = "Content-Length: 2\r\nExpect: 100-continue\r\n" + CLOSE
    with uncorks(app, limits=quick(body_grace=0.2)) as port, connect(port) as client:
        client.sendall(request("held_stream") + request("echo", method="POST", headers=expecting))
        got = b""
        while b"first" not in got:
            got += client.recv(65536)
        # waitress closes behind a response of unknown length; the request behind it is dropped.
        app.gate.set()
        assert read_all(client).endswith(b"0\r\n\r\n")


def test_a_client_that_reads_nothing_is_closed(app: App) -> None:
    limits = quick(output_window=0.3)
    with uncorks(app, limits=limits) as port, connect(port) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(request("large") * 4)
        wait_until(lambda: is_reset(client), "the server has closed")


def is_reset(client: socket.socket) -> bool:
    """Whether the server has closed; a client that reads nothing learns it when it sends."""
    try:
        client.sendall(b"\r\n")
    except ConnectionError:
        return True
    return False


def test_a_client_that_holds_up_a_thread_goes_when_others_wait(app: App) -> None:
    endless = threading.Event()

    def stream(_environ: Any, start: Any) -> Any:
        start("200 OK", [])
        try:
            while True:
                yield b"x" * 65536
        finally:
            endless.set()

    app.stream = stream  # type: ignore[attr-defined]
    limits = quick(hold_window=0.3)
    with (
        uncorks(app, threads=1, limits=limits, outbuf_high_watermark=65536) as port,
        connect(port) as reader,
    ):
        reader.sendall(request("stream"))
        wait_until(lambda: "stream" in app.seen, "it streams")
        assert talk(port, request("hello", headers=CLOSE)).endswith(b"hello")
        assert endless.wait(PATIENCE)


def test_a_slow_reader_that_keeps_nobody_waiting_may_go_on(app: App) -> None:
    def stream(_environ: Any, start: Any) -> Any:
        start("200 OK", [("Content-Length", "6553600")])
        return (b"x" * 65536 for _ in range(100))

    app.stream = stream  # type: ignore[attr-defined]
    limits = quick(hold_window=0.1, output_window=0.2)
    with (
        uncorks(app, threads=1, limits=limits, outbuf_high_watermark=65536) as port,
        connect(port) as reader,
    ):
        reader.sendall(request("stream", headers=CLOSE))
        size = 0
        while more := reader.recv(65536):
            size += len(more)
            time.sleep(0.005)  # Its slowness is what is tested: 0.5 s or more in all.
        assert size > 6_553_600


# --- places ------------------------------------------------------------------


def test_the_client_that_has_been_idle_longest_goes_for_a_new_one(app: App) -> None:
    # With one thread a request is over for good when the next one runs.
    with uncorks(app, threads=1, connection_limit=3) as port:
        clients = [connect(port) for _ in range(3)]
        for client in (clients[2], clients[0], clients[1]):
            client.sendall(request("hello"))
            assert b"hello" in client.recv(65536)
        assert talk(port, request("hello", headers=CLOSE)).endswith(b"hello")
        assert clients[2].recv(1) == b""
        clients[0].sendall(request("hello", headers=CLOSE))
        assert read_all(clients[0]).endswith(b"hello")
        for client in clients:
            client.close()


def test_half_a_request_is_no_claim_to_a_place(app: App) -> None:
    with uncorks(app, connection_limit=10) as port:
        clients = [connect(port) for _ in range(10)]
        for client in clients:
            client.sendall(b"GET /hello HTTP/1.1\r\nX: ")
        for _ in range(20):
            assert talk(port, request("hello", headers=CLOSE)).endswith(b"hello")
        for client in clients:
            client.close()


def test_busy_clients_keep_their_places_and_new_ones_wait(app: App) -> None:
    said: list[str] = []
    with uncorks(app, connection_limit=2, threads=4, tell=said.append) as port:
        busy = [connect(port) for _ in range(2)]
        for client in busy:
            client.sendall(request("held_stream"))
            got = b""
            while b"first" not in got:
                got += client.recv(65536)
        waiting = in_background(talk, port, request("hello", headers=CLOSE))
        wait_until(lambda: bool(said), "it is told")
        app.gate.set()
        assert waiting.result().endswith(b"hello")
        for client in busy:
            assert b"after" in read_all(client)
            client.close()
    assert said == [
        "all 2 connections are in use, and new clients wait: --connection-limit lets more in"
    ]


def test_a_thousand_clients_at_once_are_all_answered(serve: Serve, write: Write) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2500:
        pytest.skip(f"this machine lets nobody open 2,500 files: its hard limit is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2500), hard))
    server = serve(write(HELLO), preexec_fn=soft_limit(256))
    clients = []
    try:
        for _ in range(1000):
            clients.append(connect(server.port))
            clients[-1].sendall(request("", headers=""))
        for client in clients:
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
    finally:
        for client in clients:
            client.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def soft_limit(files: int) -> Any:
    """For a child process: a soft limit of open files, as systemd sets one."""

    def limit() -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))

    return limit


def hard_limit(files: int) -> Any:
    """For a child process: a limit that it can't raise."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    return limit


HELLO = """
    import os
    from flask import Flask, request

    app = Flask(__name__)
    kept = [open(os.devnull) for _ in range(int(os.environ.get("FILES", 0)))]

    @app.route("/", methods=["GET", "POST"])
    def index():
        print("asked")
        return str(len(request.get_data()))

    if __name__ == "__main__":
        RUN
""".replace("RUN", "app.run(port=0)")


def test_a_process_without_files_makes_room_too(serve: Serve, write: Write) -> None:
    """The script has taken most of those that would do for connections."""
    server = serve(write(HELLO), env={"FILES": "50"}, preexec_fn=hard_limit(80))
    clients = [connect(server.port) for _ in range(40)]
    assert server.get().text == "0"
    server.wait_for("uncork: new clients wait: too many open files")
    for client in clients:
        client.close()
    assert server.stop() == 0


def test_a_limit_that_the_process_has_no_files_for_is_told(serve: Serve, write: Write) -> None:
    server = serve(write(HELLO), "--connection-limit", "1000", preexec_fn=hard_limit(400))
    assert server.get().text == "0"
    assert server.wait_for("uncork: 200 connections instead of 1000")


def test_requests_that_wait_for_a_thread_are_told_in_one_line(app: App) -> None:
    said: list[str] = []
    with uncorks(app, threads=2, limits=quick(header_timeout=60), tell=said.append) as port:
        held = [in_background(talk, port, request("held_stream")) for _ in range(5)]
        wait_until(lambda: bool(said), "it is told")
        app.gate.set()
        for each in held:
            assert b"after" in each.result()
    assert len(said) == 1
    assert said[0].startswith("all 2 threads are busy and 3 more requests wait, one since 1.")
    assert "--threads" in said[0]
