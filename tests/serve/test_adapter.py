"""What the adapter makes of waitress, turn by turn, with real sockets in this process."""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.serve.conftest import PATIENCE, wait_until

from uncork.serve.adapter import WaitressServer
from uncork.serve.adapter.loop import READ, Loop

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


class Pipe:
    """Something readable in a loop, for which a worker acts at the worst moment."""

    watching = 0

    def __init__(self, interests: list[int]) -> None:
        self._ends = os.pipe()
        os.write(self._ends[1], b"x")
        self._interests = interests
        self.served = 0

    def fileno(self) -> int:
        return self._ends[0]

    def interest(self) -> int:
        return self._interests.pop(0) if len(self._interests) > 1 else self._interests[0]

    def happened(self, _flags: int) -> None:
        """Leave it unread."""

    def serve_output(self) -> None:
        self.served += 1

    def close(self) -> None:
        for end in self._ends:
            os.close(end)


@pytest.fixture
def loop() -> Iterator[Loop]:
    """A loop that nothing wakes."""
    loop = Loop(lambda: None, lambda: False)
    yield loop
    loop.close()


def test_a_request_that_ends_while_reading_is_taken_back_is_noticed(loop: Loop) -> None:
    # Wanted at first, not while the request runs; it ends behind the loop's look.
    pipe = Pipe([READ, 0, READ])
    loop.watch(pipe)
    loop.turn(0)
    assert pipe.watching == READ
    loop.forget(pipe, pipe.fileno())
    pipe.close()


def test_what_is_told_while_the_loop_works_is_not_waited_for(loop: Loop) -> None:
    pipe = Pipe([0])
    loop.watch(pipe)
    loop.tell(pipe)
    began = time.monotonic()
    loop.turn(PATIENCE)
    assert pipe.served == 1
    loop.tell(pipe)
    assert loop.attentive
    loop.turn(PATIENCE)
    assert pipe.served == 2
    assert time.monotonic() - began < PATIENCE
    pipe.close()
