"""What a request may take of bytes; one that is refused never reaches the app."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING

import pytest
from tests.serve.conftest import PATIENCE, wait_until
from tests.serve.loopback import connect, request, talk, uncorks
from tests.serve.test_limits import CLOSE, HELLO, app, is_reset, quick, read_all

from uncork.serve.amounts import byte_size, connection_count, positive_seconds

if TYPE_CHECKING:
    from tests.serve.answers import App
    from tests.serve.conftest import Serve, Write

__all__ = ["app"]

pytestmark = pytest.mark.process


def test_a_body_that_is_too_large_is_refused_and_never_reaches_the_app(
    serve: Serve, write: Write
) -> None:
    server = serve(write(HELLO), "--max-body", "10K")
    for headers, body in (
        ("Content-Length: 10241\r\n", b"x" * 10241),
        ("Transfer-Encoding: chunked\r\n", b"2801\r\n" + b"x" * 10241 + b"\r\n0\r\n\r\n"),
    ):
        got = talk(server.port, request("", method="POST", headers=headers) + body)
        assert got.startswith(b"HTTP/1.1 413 Request Entity Too Large\r\n")
        assert b"Connection: close" in got
    assert "asked" not in server.lines
    exact = request("", method="POST", headers=f"Content-Length: 10240\r\n{CLOSE}")
    assert talk(server.port, exact + b"x" * 10240).endswith(b"10240")


def test_a_refused_client_that_goes_on_sending_reads_why(app: App) -> None:
    with uncorks(app, max_request_body_size=1000) as port:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        # More than the sockets' buffers hold: without somebody who reads it, it would break off.
        client.request("POST", "/echo", body=b"x" * 30_000_000)
        assert client.getresponse().status == 413
        client.close()
    assert app.seen == []


def test_a_refused_client_is_not_read_for_ever(app: App) -> None:
    head = request("echo", method="POST", headers="Content-Length: 2000\r\n")
    with uncorks(app, max_request_body_size=1000, limits=quick()) as port, connect(port) as client:
        client.sendall(head)
        assert read_all(client).startswith(b"HTTP/1.1 413")
        wait_until(lambda: is_reset(client), "the server has closed")


def test_a_body_that_will_be_refused_is_not_asked_for(app: App) -> None:
    expecting = "Content-Length: 2000\r\nExpect: 100-continue\r\n"
    with uncorks(app, max_request_body_size=1000) as port:
        got = talk(port, request("echo", method="POST", headers=expecting))
    assert got.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(("flags", "status"), [((), 413), (("--max-body", "1M"), 200)])
def test_the_scripts_own_limit_holds_unless_a_flag_says_otherwise(
    serve: Serve, write: Write, flags: tuple[str, ...], status: int
) -> None:
    own = "import waitress; waitress.serve(app, port=0, max_request_body_size=1000)"
    server = serve(*flags, write(HELLO.replace("app.run(port=0)", own)))
    head = request("", method="POST", headers=f"Content-Length: 1000\r\n{CLOSE}")
    assert talk(server.port, head + b"x" * 1000).startswith(f"HTTP/1.1 {status}".encode())


@pytest.mark.parametrize(
    ("text", "size"), [("1", 1), ("100M", 104857600), ("1 GiB", 1 << 30), ("2kb", 2048)]
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert byte_size(text) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5M", "1T", "M", "\u0662"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        byte_size(text)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "x"])
def test_a_deadline_is_longer_than_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="above 0"):
        positive_seconds(text)


@pytest.mark.parametrize("text", ["0", "-1", "x", "\u0662"])
def test_there_is_room_for_one_at_least(text: str) -> None:
    with pytest.raises(ValueError, match="number of connections"):
        connection_count(text)
    assert connection_count("12") == 12
