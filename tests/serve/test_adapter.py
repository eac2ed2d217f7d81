"""What the adapter makes of waitress, turn by turn, with real sockets in this process."""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.serve.conftest import PATIENCE, wait_until

from uncork.serve.adapter import WaitressServer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.process


def hello(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """An application."""
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


def nothing(_task: object, _seconds: float) -> None:
    """A report that goes nowhere."""


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A bound socket."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound


def connect(listening: socket.socket) -> socket.socket:
    """A client; the kernel accepts it without the server."""
    return socket.create_connection(listening.getsockname(), PATIENCE)


@pytest.mark.parametrize("take", [True, False])
def test_a_stop_takes_what_the_kernel_has_accepted_unless_another_process_listens(
    listening: socket.socket, take: bool
) -> None:
    server = WaitressServer(hello, [listening], {}, nothing)
    clients = [connect(listening) for _ in range(3)]
    server.stop_accepting(take_queue=[take])
    # The threads count until they wait for work.
    wait_until(lambda: server._dispatcher.active_count == 0, "the threads wait for work")
    assert server.pending == (3 if take else 0)
    server.cut()
    server.close(wait=True)
    for client in clients:
        client.close()


def test_one_of_two_sockets_may_be_another_processs(listening: socket.socket) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        server = WaitressServer(hello, [listening, other], {}, nothing)
        clients = [connect(listening), connect(other), connect(other)]
        server.stop_accepting(take_queue=[False, True])
        wait_until(lambda: server._dispatcher.active_count == 0, "the threads wait for work")
        assert server.pending == 2
        server.cut()
        server.close(wait=True)
        for client in clients:
            client.close()


def test_a_view_that_outlives_a_cut_finds_its_pipe_still_open(listening: socket.socket) -> None:
    """Its number could be another file's by then, which would get a stray byte."""
    running, go, ended = threading.Event(), threading.Event(), threading.Event()

    def held(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        running.set()
        go.wait(PATIENCE)
        return hello(environ, start_response)

    server = WaitressServer(held, [listening], {}, lambda *_: ended.set())
    pipes = [number for each in server._servers for number in each.trigger._fds]
    client = connect(listening)
    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
    while not running.wait(0.01):
        server.turn(0.01)
    server.stop_accepting(take_queue=[True])
    server.cut()
    wait_until(lambda: server.pending == 1, "only the view is left")
    server.close(wait=False)
    for number in pipes:
        assert os.fstat(number)
    go.set()
    wait_until(lambda: server._dispatcher.active_count == 0, "the view has ended")
    server.close(wait=True)
    client.close()


def test_an_unknown_adjustment_is_waitresss_own_error(listening: socket.socket) -> None:
    with pytest.raises(ValueError, match="Unknown adjustment 'speed'"):
        WaitressServer(hello, [listening], {"speed": 9}, nothing)
