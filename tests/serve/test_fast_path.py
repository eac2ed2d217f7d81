"""A response leaves in one piece where it can: byte by byte what waitress answers, and no later."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.serve.answers import NUMBERED, App
from tests.serve.conftest import GATED, PATIENCE, ask, in_background, wait_until
from tests.serve.loopback import connect, request, talk, uncorks, waitresss

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serve.conftest import Gate, Serve, Write

pytestmark = pytest.mark.process


@pytest.fixture
def app() -> Iterator[App]:
    """The application; its gate opens at the end at the latest."""
    app = App()
    yield app
    app.gate.set()


CLOSE = "Connection: close\r\n"
WAYS = [
    name
    for name in vars(App)
    if not name.startswith(("_", "held", "gate", "closed", "seen", "raises_nothing"))
]


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[int, int]]:
    """The same application on stock waitress and on uncork's server: their ports."""
    app = App()
    with waitresss(app) as stock, uncorks(app) as ours:
        yield stock, ours


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("method", "version", "headers"),
    [
        ("GET", "1.1", ""),
        ("GET", "1.1", CLOSE),
        ("HEAD", "1.1", ""),
        ("POST", "1.1", "Content-Length: 0\r\n"),
        ("GET", "1.0", ""),
        ("GET", "1.0", "Connection: Keep-Alive\r\n"),
        ("HEAD", "1.0", "Connection: Keep-Alive\r\n"),
    ],
)
def test_it_answers_what_waitress_answers(
    both: tuple[int, int], way: str, method: str, version: str, headers: str
) -> None:
    # Three on one connection: what keeps it open must leave it in order.
    head = request(way, method=method, version=version, headers=headers)
    last = request("hello", headers=CLOSE)
    stock, ours = (talk(port, head + head + last) for port in both)
    assert ours == stock
    assert stock.startswith(b"HTTP/1.")


@pytest.mark.parametrize(
    "sent",
    [
        request("hello") * 50 + request("hello", headers=CLOSE),
        request("generated_sized") + request("large") + request("chunks", headers=CLOSE),
        request("large") * 3 + request("hello", headers=CLOSE),
        request("echo", method="POST", headers="Content-Length: 5\r\n") + b"hello" * 1
        + request("hello", headers=CLOSE),
        request("echo", method="POST", headers="Transfer-Encoding: chunked\r\n")
        + b"5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\n\r\n" + request("hello", headers=CLOSE),
        b"\r\n\r\n" + request("hello", headers=CLOSE),
        b"GET /hello HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET /hello\r\n\r\n",
        b"GET /hello HTTP/2.0\r\n\r\n",
        request("echo", method="POST", headers="Transfer-Encoding: chunked\r\n") + b"zz\r\n",
        request("echo", method="POST", headers="Content-Length: -1\r\n"),
        request("hello", headers="X: " + "y" * 300_000 + "\r\n"),
    ],
    ids=lambda sent: repr(sent[:60]),
)  # fmt: skip
def test_pipelined_and_broken_requests_are_answered_as_by_waitress(
    both: tuple[int, int], sent: bytes
) -> None:
    stock, ours = (talk(port, sent) for port in both)
    assert ours == stock


def test_a_body_is_asked_for_as_by_waitress(both: tuple[int, int]) -> None:
    head = request("echo", method="POST", headers="Content-Length: 4\r\nExpect: 100-continue\r\n")

    def asked(got: bytes) -> bool:
        return b"100 Continue\r\n\r\n" in got

    last = request("hello", headers=CLOSE)
    stock, ours = (talk(port, head, asked, b"body", last) for port in both)
    assert ours == stock
    assert b"body" in ours


@pytest.mark.parametrize("size", [1, 8192, 65536, 65537, 2_000_000])
def test_a_large_body_arrives_as_it_was_sent(both: tuple[int, int], size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"z" * (size % 256)
    head = request("echo", method="POST", headers=f"Content-Length: {size}\r\n{CLOSE}")
    _, ours = both
    assert talk(ours, head, body).partition(b"\r\n\r\n")[2] == body


@contextlib.contextmanager
def a_crowd(port: int) -> Iterator[None]:
    """Clients that keep the queue filled, so that responses are handed to the loop."""
    ended = threading.Event()

    def ask_on() -> None:
        with connect(port) as client:
            while not ended.is_set():
                client.sendall(request("hello") * 20)
                got = b""
                while got.count(b"\r\n\r\nhello") < 20:
                    got += client.recv(65536)

    clients = [in_background(ask_on) for _ in range(4)]
    try:
        yield
    finally:
        ended.set()
        for each in clients:
            each.result()


@pytest.mark.parametrize("crowded", [False, True], ids=["alone", "in a crowd"])
@pytest.mark.parametrize(
    "path",
    ["held_between", "held_stream", "held_behind", "held_behind_write", "held_in_close"],
)
def test_what_is_written_arrives_while_the_view_goes_on(app: App, path: str, crowded: bool) -> None:
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(uncorks(app))
        if crowded:
            stack.enter_context(a_crowd(port))
        client = stack.enter_context(connect(port))
        client.sendall(request(path))
        got = b""
        while b"first" not in got:
            got += client.recv(65536)
        assert not app.gate.is_set()
        app.gate.set()


def test_a_client_may_ask_again_while_the_view_tidies_up(app: App) -> None:
    with uncorks(app) as port, connect(port) as client:
        client.sendall(request("held_in_close?one"))
        got = b""
        while b"first" not in got:
            got += client.recv(65536)
        client.sendall(request("hello", headers=CLOSE))
        # One at a time and in order, on one connection.
        assert app.seen == ["held_in_close"]
        app.gate.set()
        got = b""
        while more := client.recv(65536):
            got += more
        assert got.endswith(b"\r\n\r\nhello")
    assert app.closed == ["one"]


def test_a_view_that_exits_is_answered_as_one_that_raises(app: App) -> None:
    """Stock waitress leaves the client waiting."""
    with uncorks(app, threads=1) as port:
        for _ in range(2):
            got = talk(port, request("raises_nothing_less_than_exit", headers=CLOSE))
            assert got.startswith(b"HTTP/1.1 500 Internal Server Error")


def test_close_is_called_once_for_every_response(app: App) -> None:
    with uncorks(app) as port:
        for number in range(20):
            talk(port, request(f"closing?{number}") + request("hello", headers=CLOSE))
        assert sorted(app.closed, key=int) == [str(number) for number in range(20)]


def test_a_client_that_sends_no_more_still_gets_its_answer(app: App) -> None:
    with uncorks(app) as port, connect(port) as client:
        client.sendall(request("held_between"))
        client.shutdown(socket.SHUT_WR)
        while b"first" not in client.recv(65536):
            pass
        app.gate.set()
        assert client.recv(65536) == b"after"
        assert client.recv(65536) == b""


@pytest.mark.parametrize("window", [4, 50, 1000], ids=lambda kilobytes: f"{kilobytes} KB")
def test_what_is_written_arrives_in_order(app: App, window: int) -> None:
    """Sent by the worker, kept in memory and on disk, sent by the loop."""
    with uncorks(app) as port, connect(port) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.sendall(request("numbered") + request("numbered", headers=CLOSE))
        got = b""
        while more := client.recv(1000 * window):
            got += more
    _, first, second = got.split(b"HTTP/1.1 200 OK\r\n")
    assert first.partition(b"\r\n\r\n")[2] == NUMBERED
    assert second.partition(b"\r\n\r\n")[2] == NUMBERED


def test_many_clients_get_their_own_answers(app: App) -> None:
    def numbers(start: int) -> list[bytes]:
        answers = []
        with connect(port) as client:
            for number in range(start, start + 50):
                body = str(number).encode()
                client.sendall(
                    request("echo", method="POST", headers=f"Content-Length: {len(body)}\r\n")
                    + body
                )
                got = b""
                while not got.partition(b"\r\n\r\n")[2]:
                    got += client.recv(65536)
                answers.append(got.partition(b"\r\n\r\n")[2])
        return answers

    with uncorks(app, threads=8) as port:
        asked = [in_background(numbers, 1000 * each) for each in range(1, 33)]
        for each, future in enumerate(asked, 1):
            wanted = [str(number).encode() for number in range(1000 * each, 1000 * each + 50)]
            assert future.result() == wanted


def test_requests_that_wait_are_served_side_by_side(app: App) -> None:
    """However few threads a computing view would get."""
    arrived = threading.Barrier(8)

    def meet(_environ: Any, start: Any) -> Any:
        arrived.wait(PATIENCE)
        start("200 OK", [("Content-Length", "3")])
        return [b"met"]

    app.meet = meet  # type: ignore[attr-defined]
    with uncorks(app, threads=8) as port:
        met = [in_background(talk, port, request("meet", headers=CLOSE)) for _ in range(16)]
        assert all(each.result().endswith(b"met") for each in met)


def test_a_quick_request_does_not_wait_for_one_that_computes(app: App) -> None:
    def compute(_environ: Any, start: Any) -> Any:
        while not app.gate.is_set():
            pass
        start("200 OK", [("Content-Length", "4")])
        return [b"done"]

    app.compute = compute  # type: ignore[attr-defined]
    with uncorks(app, threads=4) as port:
        slow = in_background(talk, port, request("compute", headers=CLOSE))
        wait_until(lambda: "compute" in app.seen, "it computes")
        assert talk(port, request("hello") * 20 + request("hello", headers=CLOSE))
        app.gate.set()
        assert slow.result().endswith(b"done")


def test_a_response_that_was_handed_over_survives_the_stop(
    serve: Serve, write: Write, gate: Gate
) -> None:
    server = serve("--threads", "2", write(GATED))
    kept = [server.connect() for _ in range(8)]
    for each in kept:
        assert ask(each, "/").text == "hello"
    held = in_background(server.get, "/held/one")
    server.wait_for("held one")
    for each in kept:
        each.request("GET", "/")
    server.send(signal.SIGTERM)
    for each in kept:
        assert each.getresponse().read() == b"hello"
    gate.open()
    assert held.result().text == "let go one"
    for each in kept:
        each.close()
    assert server.wait() == 0
