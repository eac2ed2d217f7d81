"""One connection in the loop's thread: waitress's channel, told what happens instead of asked.

What waitress's HTTPChannel does stays as it is: parsing, buffers, the order of
requests and responses. Replaced are the ends that touch the loop, and added is
what a client's slowness is judged by. `uncork.serve.adapter.channel` has the
part that belongs to workers.
"""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

from waitress.channel import HTTPChannel

from uncork.serve.adapter.loop import READ, WRITE

if TYPE_CHECKING:
    from waitress.parser import HTTPRequestParser

    from uncork.serve.adapter.limits import Limits

LARGE = 262144
"""Bytes that are read of a body at once: waitress's 8 KiB cost a turn of the loop each."""
_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class LoopsChannel(HTTPChannel):  # type: ignore[misc]
    """What belongs to the loop's thread."""

    requests: list[Any]
    request: HTTPRequestParser | None
    sent: int = 0
    watching = 0
    answered = False
    holds_thread = False
    refused = False
    current_outbuf_count: int
    _lingers = False
    _in_worker = False
    _stuck = False
    _body_since: float | None = None
    _output_since: tuple[float, int] | None = None
    _held_since: tuple[float, int] | None = None

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self.quiet_since = time.monotonic()
        self._head_since: float | None = self.quiet_since
        super().__init__(*arguments, **keywords)

    def fileno(self) -> int | None:
        """The descriptor; None, the connection is closed."""
        number: int | None = self._fileno
        return number

    @property
    def busy(self) -> bool:
        """Whether a request runs, is queued or is being received, or a response is being sent."""
        receiving = self.request is not None and self.request.headers_finished
        return bool(self.requests or self.total_outbufs_len or receiving or self.close_when_flushed)

    def readable(self) -> bool:
        """Whether to read: also while the app tidies up behind a response that is complete."""
        if self.will_close or self.close_when_flushed or self.total_outbufs_len:
            return self._lingers
        ahead = 1 if self.answered else self.adj.channel_request_lookahead
        return len(self.requests) <= ahead

    def interest(self) -> int:
        """What the loop is to wait for."""
        wanted = READ if self.readable() else 0
        if self.total_outbufs_len and (
            not self.requests or self.total_outbufs_len >= self.adj.send_bytes
        ):
            wanted |= WRITE
        return wanted

    def happened(self, flags: int) -> None:
        """The system reports something."""
        try:
            if flags & ~WRITE and self.readable():
                self.handle_read()
            if flags & ~READ and self.connected and self.writable():
                self._stuck = False
                self.handle_write()
        except Exception:  # noqa: BLE001 - as wasyncore.readwrite: it costs this connection alone
            self.handle_error()

    def serve_output(self) -> None:
        """A worker has something to send, or to close."""
        try:
            if self.connected and self.writable():
                self.handle_write()
        except Exception:  # noqa: BLE001 - likewise
            self.handle_error()

    def handle_read(self) -> None:
        """Read what is there, of a body more at once: channel.py 163-180."""
        body = self.request.body_rcv if self.request is not None else None
        size = self.adj.recv_bytes
        if body is not None:
            size = max(size, min(LARGE, getattr(body, "remain", LARGE)))
        try:
            data = self.socket.recv(size)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close_now()
        elif not self._lingers:
            self.last_activity = time.time()
            now = time.monotonic()
            self.received(data)
            # A worker may have answered it by now.
            if not self.requests and self.quiet_since < now:
                self._note_progress(now)

    def _note_progress(self, now: float) -> None:
        """Something came, but no complete request; blank lines are no progress either."""
        if self.request is not None and self.request.headers_finished:
            self._body_since = self._body_since or now
        else:
            self._head_since = self._head_since or now

    def send_continue(self) -> None:
        """Ask for the body (channel.py 182-199), unless the request is refused already."""
        if self.request is not None and self.request.error:
            self.request.expect_continue = False
        else:
            super().send_continue()

    def send(self, data: Any, do_close: bool = True) -> int:
        """Send what the system takes. To close is the loop's, which may be waiting for it."""
        try:
            count: int = self.socket.send(data)
        except OSError:
            # Again, by the way that tells what went wrong.
            count = super().send(data, do_close and not self._in_worker)
        self._stuck = count < len(data)
        self.sent += count
        return count

    def _flush_some(self, do_close: bool = True) -> bool:
        """Send what there is, unless it is much, and the system has not said that it takes more.

        A worker tries for each chunk (channel.py 372), and reads back all that waits
        each time; what is in memory costs little, and most clients take it at once.
        """
        if self._stuck and self.total_outbufs_len > self.adj.outbuf_overflow:
            return False
        return bool(super()._flush_some(do_close))

    # --- the end -------------------------------------------------------------

    def handle_close(self) -> None:
        """Close; a client that still sends what was refused first gets to read why.

        A close with something unread makes the system reset the connection, and
        the client may lose the answer: RFC 9112, 9.6.
        """
        if self.refused and not self._lingers and self.connected and not self.total_outbufs_len:
            self._lingers = True
            self.will_close, self.close_when_flushed = True, False
            self.quiet_since = time.monotonic()
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                self.close_now()
        else:
            super().handle_close()

    def close_now(self) -> None:
        """Close, whatever is left."""
        self._lingers = True
        self.handle_close()

    def writable(self) -> bool:
        """Whether there is something to send or to close."""
        return not self._lingers and bool(super().writable())

    def del_channel(self, map: Any = None) -> None:  # noqa: A002 - waitress's name
        """The descriptor is about to be closed."""
        if self._fileno is not None:
            self.server.loop.forget(self, self._fileno)
        super().del_channel(map)

    # --- limits --------------------------------------------------------------

    def enforce(self, limits: Limits, now: float, *, queued: bool) -> None:
        """Close the connection if its client is too slow.

        Args:
            limits: what it is granted.
            now: time.monotonic().
            queued: whether requests wait for a thread.
        """
        if self._lingers:
            if now - self.quiet_since > limits.linger:
                self.close_now()
        elif self.total_outbufs_len:
            if self._reads_slowly(limits, now, queued=queued):
                self.logger.info("Client %s reads too slowly", self.addr[0])
                self.close_now()
        else:
            self._output_since = self._held_since = None
            if not self.requests and not self.close_when_flushed:
                self._enforce_on_request(limits, now)
        # waitress's own rule, with the script's own figure: server.py 370-378.
        if not self.requests and time.time() - self.last_activity > self.adj.channel_timeout:
            self.close_now()

    def _reads_slowly(self, limits: Limits, now: float, *, queued: bool) -> bool:
        here = (now, self.sent)
        since, sent = self._output_since = self._output_since or here
        if limits.reader_is_slow(now - since, self.sent - sent):
            return True
        if now - since >= limits.output_window:
            self._output_since = here
        if not (self.holds_thread and queued):
            self._held_since = None
            return False
        since, sent = self._held_since = self._held_since or here
        if limits.holder_is_slow(now - since, self.sent - sent):
            return True
        if now - since >= limits.hold_window:
            self._held_since = here
        return False

    def _enforce_on_request(self, limits: Limits, now: float) -> None:
        request = self.request
        if request is not None and request.headers_finished:
            since = self._body_since or now
            if limits.body_is_slow(now - since, request.body_bytes_received):
                self._time_out()
        elif request is not None or self._head_since is not None:
            since = self._head_since or self.quiet_since
            if now - since > limits.header_timeout:
                self._time_out()

    def _time_out(self) -> None:
        """Say so, if anything was asked: else a browser takes it for its next answer."""
        if self.request is not None:
            self.send(_TIMEOUT, do_close=False)
        self.close_now()
