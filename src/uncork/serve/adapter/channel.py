"""One connection, complete: what a worker does with it, which runs its requests."""

from __future__ import annotations

import time
import traceback
from typing import Any

from waitress.channel import ClientDisconnected
from waitress.utilities import InternalServerError

from uncork.serve.adapter.connection import LARGE, LoopsChannel
from uncork.serve.adapter.loop import WRITE
from uncork.serve.adapter.task import ErrorTask, Task
from uncork.serve.websockets import UpgradableChannel

_QUICK = 0.001
"""Seconds of a request up to which its response may wait for the loop's turn."""


class Channel(UpgradableChannel, LoopsChannel):
    """A client's connection."""

    task_class = Task
    error_task_class = ErrorTask

    def write_whole(self, data: bytes, task: Any) -> None:
        """Send a complete response.

        Under load it is handed to the loop, which sends all that have gathered
        without giving the interpreter up in between. Alone, or behind a request
        that took long, the worker sends it at once.

        Raises:
            ClientDisconnected: the client has gone.
        """
        if not self.connected:
            raise ClientDisconnected
        loop, queue = self.server.loop, self.server.task_dispatcher.queue
        with self.outbuf_lock:
            if self.total_outbufs_len:
                self.write_soon(data)
                return
            crowded = loop.behind or queue
            if not crowded or time.monotonic() - task.started > _QUICK:
                data = data[self._send_now(data) :]
            if data:
                self.outbufs[-1].append(data)
                self.current_outbuf_count += len(data)
                self.total_outbufs_len += len(data)
        if not task.close_on_finish:
            self.answered = True
        if data:
            loop.tell(self)

    def _send_now(self, data: bytes) -> int:
        try:
            return self.send(data, do_close=False)
        except OSError:
            if self.adj.log_socket_errors:
                self.logger.exception("Socket error")
            self.will_close = True
            return 0

    def write_soon(self, data: Any) -> int:
        """Send a chunk now; what the system does not take, the loop sends.

        Raises:
            ClientDisconnected: the client has gone.
        """
        if not self.connected:
            raise ClientDisconnected
        size = len(data)
        with self.outbuf_lock:
            if data.__class__ is bytes and not self.total_outbufs_len and self._sends(size):
                # Past waitress's buffers, which would copy it, and above 1 MiB to disk.
                sent = self._send_now(data)
                if sent == size:
                    return size
                left = size - sent
                data = data[sent:] if left < LARGE else memoryview(data)[sent:]
            super().write_soon(data)
            if self.total_outbufs_len or self.will_close:
                self._tell_loop()
        return size

    def _sends(self, size: int) -> bool:
        """Whether a chunk is to be sent at once: channel.py 376."""
        return not self._stuck and size >= self.adj.send_bytes

    def _tell_loop(self) -> None:
        """The loop has something to do, unless it waits for it already."""
        if self.will_close or (self.total_outbufs_len and not self.watching & WRITE):
            self.server.loop.tell(self)

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Wait while the client has too much to read: channel.py 397-423."""
        if self.total_outbufs_len <= self.adj.outbuf_high_watermark:
            return
        with self.outbuf_lock:
            self._flush_exception(self._flush_some, do_close=False)
            self.holds_thread = True
            while self.connected and self.total_outbufs_len > self.adj.outbuf_high_watermark:
                self._tell_loop()
                self.outbuf_lock.wait()
            self.holds_thread = False

    def service(self) -> None:
        """Run the first request of the queue: channel.py 425-522."""
        request = self.requests[0]
        task = self._run(request)
        if task.close_on_finish:
            self.refused = not request.completed or bool(request.error)
            with self.requests_lock:
                self.close_when_flushed = True
                for each in self.requests:
                    each.close()
                self.requests = []
        else:
            self._go_on_behind(request)
        if self.connected and (self.writable() or self.interest() & ~self.watching):
            self.server.loop.tell(self)
        self.last_activity = time.time()

    def _run(self, request: Any) -> Any:
        """Run a request; returns the task that ended it, which is an error's if the app raised."""
        task = (self.error_task_class if request.error else self.task_class)(self, request)
        try:
            if self.connected:
                task.service()
            else:
                task.close_on_finish = True
        except ClientDisconnected:
            self.logger.info("Client disconnected while serving %s", request.path)
            task.close_on_finish = True
        except BaseException:
            # SystemExit, too, which waitress lets through: nobody would answer the client then.
            self.logger.exception("Exception while serving %s", request.path)
            if not task.wrote_header:
                return self._answer_error(request)
            task.close_on_finish = True
        return task

    def _answer_error(self, request: Any) -> Any:
        """The answer of waitress's for an app that raised before its response began."""
        failed = self.parser_class(self.adj)
        failed.error = InternalServerError(
            traceback.format_exc()
            if self.adj.expose_tracebacks
            else "The server encountered an unexpected internal server error"
        )
        failed.version = request.version
        if "CONNECTION" in request.headers:
            failed.headers["CONNECTION"] = request.headers["CONNECTION"]
        task = self.error_task_class(self, failed)
        try:
            task.service()
        except ClientDisconnected:
            task.close_on_finish = True
        return task

    def _go_on_behind(self, request: Any) -> None:
        """A response is complete, and the connection stays open."""
        if len(self.requests) > 1:
            self._flush_outbufs_below_high_watermark()
        if self.current_outbuf_count > 0:
            # The next response gets a buffer of its own, so that this one's is freed.
            self.current_outbuf_count = self.adj.outbuf_high_watermark
        request.close()
        with self.requests_lock:
            self.answered = False
            self.requests.pop(0)
            self.quiet_since = time.monotonic()
            self._head_since = self._body_since = None
            if not self.connected:
                return
            received = self.request
            if self.requests:
                self.server.add_task(self)
            elif (
                received is not None
                and received.expect_continue
                and received.headers_finished
                and not self.sent_continue
            ):
                self._in_worker = True
                self.send_continue()
                self._in_worker = False
