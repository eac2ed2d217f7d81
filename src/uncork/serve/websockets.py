"""Websockets in waitress: the connection is lent to the view, and its thread's place to others.

WSGI has no websockets. Werkzeug's development server hands the connection over
as ``environ["werkzeug.socket"]`` (werkzeug/serving.py, make_environ), and the
libraries that speak the protocol in threads take it from there:
simple_websocket/ws.py ``Server.__init__``, and above it Flask-Sock and
python-engineio (``async_drivers/_websocket_wsgi.py``). So does this module, for
requests that ask to be upgraded to a websocket (RFC 6455, 4.2.1).

Nothing happens until the view first uses the socket: one that answers 404 is an
ordinary request. Then the loop keeps its hands off the connection, which counts
as open and busy until the view returns; what the view returns is dropped, and
the connection closed.

A stop tells each client 1001, going away (RFC 6455, 7.4.1), by a frame of our
own between two of the view's. The library takes the client's answer for a close
by the client, so that the view ends as it does when a visitor leaves.

Read in waitress 3.0.1 and 3.0.2 (numbers are 3.0.2's):

- task.py 367 ``execute`` calls the app with ``get_environment()`` (493); what is
  sent goes through ``write`` (305); ``finish`` (298) sends nothing behind ``wrote_header``.
- channel.py 138 ``readable``, 307 ``handle_close``; 417
  ``service`` closes the connection if the task says ``close_on_finish``.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from uncork.serve.lending import LendingDispatcher

_GOING_AWAY = b"\x88\x02" + (1001).to_bytes(2, "big")
"""A close frame, which a server sends unmasked: RFC 6455, 5.2 and 5.5.1."""
_PATIENCE = 1.0
"""Seconds that a client gets to answer it, and to close its side in turn."""
_POLL_PEER_CLOSED = getattr(select, "POLLRDHUP", select.POLLHUP)


class LentSocket(socket.socket):
    """A client's connection in the hands of a view, which may block on it.

    It is a copy of waitress's own, since libraries close what they are given.
    Its first use upgrades the connection.

    Args:
        connection: waitress's.
        upgrade: called at the first use.
    """

    def __init__(self, connection: socket.socket, upgrade: Callable[[], None]) -> None:
        copy = os.dup(connection.fileno())
        super().__init__(connection.family, connection.type, connection.proto, fileno=copy)
        self._upgrade = upgrade
        self._between_frames = threading.Lock()
        self._said_goodbye = False
        self._receiver = 0
        self._has_answered = threading.Event()
        self._has_answered.set()
        self.upgraded = False
        self.sent = 0

    def _use(self) -> None:
        if not self.upgraded:
            self.upgraded = True
            # waitress has it non-blocking, which its copies share.
            self.setblocking(True)
            self._upgrade()

    def send(self, data: Any, flags: int = 0) -> int:
        """Send all of it: simple-websocket does not look at how much went out.

        What comes behind the goodbye is dropped (RFC 6455, 5.5.1). The view learns
        of the end where it does from any client: when it receives, or sends after that.
        """
        self._use()
        with self._between_frames:
            if not self._said_goodbye:
                super().sendall(data, flags)
        size = memoryview(data).nbytes
        self.sent += size
        return size

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of it."""
        self.send(data, flags)

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Receive."""
        with self._receiving():
            return super().recv(bufsize, flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Receive; what ``makefile`` reads by."""
        with self._receiving():
            return super().recv_into(buffer, nbytes, flags)

    def close(self) -> None:
        """Close this copy."""
        super().close()
        self._has_answered.set()

    @contextlib.contextmanager
    def _receiving(self) -> Iterator[None]:
        self._use()
        self._receiver = threading.get_ident()
        self._has_answered.set()
        try:
            yield
        finally:
            self._has_answered.clear()

    def wait_for_answer(self) -> None:
        """Wait until the thread that receives has answered what it received last.

        simple-websocket's tells the view that the client leaves, and sends its
        close frame only then: simple_websocket/ws.py ``_handle_events``.
        """
        if self._receiver != threading.get_ident():
            self._has_answered.wait(_PATIENCE)

    def say_goodbye(self) -> bool:
        """Send the close frame, unless the view is sending just now; never blocks.

        Returns:
            Whether it has been sent, now or before, or can't be any more.
        """
        if not self._between_frames.acquire(blocking=False):
            return False
        try:
            if not self._said_goodbye:
                self._said_goodbye = True
                with contextlib.suppress(OSError):
                    super().send(_GOING_AWAY, socket.MSG_DONTWAIT)
        finally:
            self._between_frames.release()
        return True


class _Loan:
    """One upgraded connection: a `uncork.serve.waiting.Waiting`."""

    def __init__(self, channel: Any, lender: LendingDispatcher) -> None:
        self._connection: socket.socket = channel.socket
        self._lender = lender
        self._deadline: float | None = None
        self.socket = LentSocket(channel.socket, self._begin)

    def _begin(self) -> None:
        self._lender.lend(self)

    def end(self) -> None:
        """Tell the client; a while later hang up."""
        now = time.monotonic()
        if self._deadline is None:
            self._deadline = now + _PATIENCE
        self.socket.say_goodbye()
        if now >= self._deadline:
            self._hang_up()

    def cut(self) -> None:
        """Tell the client, and hang up."""
        if self.socket.upgraded:
            self.socket.say_goodbye()
            self._hang_up()

    def _hang_up(self) -> None:
        # Of all copies, so that a thread that receives from one wakes up.
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def _let_peer_close(self) -> None:
        # What was sent last must arrive: a close with something unread would reset it.
        with contextlib.suppress(OSError, ValueError):
            self.socket.wait_for_answer()
            self._connection.shutdown(socket.SHUT_WR)
            peer = select.poll()
            peer.register(self._connection, _POLL_PEER_CLOSED)
            peer.poll(_PATIENCE * 1000)

    def give_back(self) -> None:
        """The view is done with it."""
        if self.socket.upgraded:
            if self._deadline is None:
                self._let_peer_close()
            self._hang_up()
            self._lender.take_back(self)
        self.socket.close()


class UpgradableTask:
    """What a task gains that can lend its connection; comes before waitress's classes."""

    channel: Any
    request: Any
    status: str
    content_length: int | None
    content_bytes_written: int
    wrote_header: bool
    close_on_finish: bool
    _loan: _Loan | None = None

    @property
    def upgraded(self) -> bool:
        """Whether the connection belongs to the view."""
        return self._loan is not None and self._loan.socket.upgraded

    def get_environment(self) -> dict[str, Any]:
        """With the connection, if a websocket is asked for."""
        environ: dict[str, Any] = super().get_environment()  # type: ignore[misc]
        if "HTTP_UPGRADE" in environ and self._loan is None and _asks_for_websocket(environ):
            self._loan = self.channel.loan = _Loan(self.channel, self.channel.lender)
            environ["werkzeug.socket"] = self._loan.socket
        return environ

    def execute(self) -> None:
        """Call the app; how it ends a websocket is of no importance."""
        try:
            super().execute()  # type: ignore[misc]
        except (ConnectionError, StopIteration):
            # engineio's way to say that there is no response: _websocket_wsgi.py.
            if not self.upgraded:
                raise
        finally:
            if self._loan is not None:
                self._end_loan(self._loan)

    def write(self, data: bytes) -> None:
        """Send, but not into a websocket."""
        if self._loan is not None and self.upgraded:
            self.content_bytes_written += len(data)
        else:
            super().write(data)  # type: ignore[misc]

    def _end_loan(self, loan: _Loan) -> None:
        loan.give_back()
        self.channel.loan = None
        if self.upgraded:
            self.status = "101 Switching Protocols"
            self.content_bytes_written = loan.socket.sent
            self.wrote_header = self.close_on_finish = True


class UpgradableChannel:
    """What a connection gains that can be lent; comes before waitress's classes."""

    server: Any
    loan: _Loan | None = None

    @property
    def lender(self) -> LendingDispatcher:
        """Whose threads serve it."""
        found: LendingDispatcher = self.server.task_dispatcher
        return found

    def readable(self) -> bool:
        """Whether the loop reads from it."""
        return self.loan is None and bool(super().readable())  # type: ignore[misc]

    def handle_close(self) -> None:
        """Close, with a word to a websocket's client."""
        loan = self.loan
        if loan is not None:
            loan.cut()
        super().handle_close()  # type: ignore[misc]


def _asks_for_websocket(environ: dict[str, Any]) -> bool:
    """RFC 6455, 4.2.1; both headers are lists of words whose case does not matter."""
    return environ["REQUEST_METHOD"] == "GET" and all(
        word in _words(environ.get(header, ""))
        for header, word in (("HTTP_UPGRADE", "websocket"), ("HTTP_CONNECTION", "upgrade"))
    )


def _words(header: str) -> Iterator[str]:
    return (word.strip().lower() for word in header.split(","))
