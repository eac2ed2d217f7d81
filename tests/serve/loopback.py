"""Uncork's server and stock waitress in threads of the test's process, and clients of bytes."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from typing import TYPE_CHECKING, Any

import waitress
from tests.serve.conftest import PATIENCE

from uncork.serve.adapter import WaitressServer
from uncork.serve.listen import Listener
from uncork.serve.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from uncork.serve.adapter import Limits


@contextlib.contextmanager
def uncorks(
    app: Any,
    threads: int = 4,
    *,
    limits: Limits | None = None,
    tell: Callable[[str], None] = lambda _line: None,
    **adjustments: Any,
) -> Iterator[int]:
    """Uncork's server in a thread of this process; its port."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        made = WaitressServer(
            app,
            [bound],
            {"threads": threads, **adjustments},
            lambda _task, _seconds: None,
            limits=limits,
            tell=tell,
        )
        server = Server(made, [Listener(bound)], 0.5, tell)
        thread = threading.Thread(target=server.run, args=(lambda _requests: None,))
        thread.start()
        try:
            yield port
        finally:
            server.shutdown()
            thread.join(PATIENCE)
            assert not thread.is_alive()


@contextlib.contextmanager
def waitresss(app: Any) -> Iterator[int]:
    """Stock waitress in a thread of this process; its port."""
    server = waitress.create_server(app, port=0, host="127.0.0.1")
    ended = threading.Event()

    def run() -> None:
        while not ended.is_set():
            server.asyncore.loop(timeout=0.05, map=server._map, count=1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield server.effective_port
    finally:
        ended.set()
        server.pull_trigger()
        thread.join(PATIENCE)
        server.task_dispatcher.shutdown()
        server.asyncore.close_all(server._map)


def connect(port: int) -> socket.socket:
    """A client."""
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


def talk(port: int, *parts: bytes | Callable[[bytes], bool]) -> bytes:
    """Send parts, wait for conditions on what has come, then read to the end."""
    got = b""
    with connect(port) as client:
        for part in parts:
            if callable(part):
                while not part(got):
                    more = client.recv(65536)
                    assert more, f"the connection ended behind {got!r}"
                    got += more
            else:
                client.sendall(part)
        with contextlib.suppress(ConnectionResetError):
            while more := client.recv(1 << 20):
                got += more
    return re.sub(rb"Date: [^\r]*", b"Date: now", got)


def request(path: str, *, method: str = "GET", version: str = "1.1", headers: str = "") -> bytes:
    """A request's head."""
    return f"{method} /{path} HTTP/{version}\r\nHost: x\r\n{headers}\r\n".encode()
