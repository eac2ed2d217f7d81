"""One request, from its parsed head to its response: waitress's tasks, with a short way out.

A response that is complete when the app hands over its first chunk, as those of
most views are, leaves in one piece: `Task.write`. Everything else goes the way
that waitress sends it, chunk by chunk, when it is written.
"""

from __future__ import annotations

import time
from typing import Any

from waitress.task import ErrorTask as StockErrorTask
from waitress.task import WSGITask

from uncork.serve.websockets import UpgradableTask

SMALL = 65536
"""Bytes of a body up to which copying it behind the head costs less than a second send."""


class _Reported:
    """A task that reports its request when the response is complete."""

    channel: Any
    wrote_header: bool
    started: float

    def service(self) -> None:
        self.started = time.monotonic()
        try:
            super().service()  # type: ignore[misc]
        finally:
            # An app that raised before it answered is reported by the error's task.
            if self.wrote_header:
                self.channel.server.report(self, time.monotonic() - self.started)


class _InOnePiece(WSGITask):  # type: ignore[misc]
    """A response that leaves in one piece if it is complete by its first chunk."""

    wrote_header: bool
    content_bytes_written: int

    def build_response_header(self) -> bytes:
        """While the server drains, a connection's last response tells the client to close it."""
        if self.channel.server.draining and len(self.channel.requests) <= 1:
            self.request.headers["CONNECTION"] = "close"
        header: bytes = super().build_response_header()
        return header

    def write(self, data: bytes) -> None:
        """Send a chunk; with the head if it is the first, and all that there will be.

        Task.write (task.py 270-304) sends the two by two calls.
        """
        length = self.content_length
        small = not self.wrote_header and data and len(data) == length and length <= SMALL
        if not (small and self.complete and self.has_body):
            super().write(data)
        else:
            self.channel.write_whole(self.build_response_header() + data, self)
            self.wrote_header = True
            self.content_bytes_written = length

    def finish(self) -> None:
        """End the response; one without a body is only a head (task.py 263-268)."""
        if self.wrote_header or not self.complete:
            super().finish()
            return
        head = self.build_response_header()
        end = b"0\r\n\r\n" if self.chunked_response else b""
        self.channel.write_whole(head + end, self)
        self.wrote_header = True


class Task(_Reported, UpgradableTask, _InOnePiece):
    """A request for the app."""


class ErrorTask(_Reported, StockErrorTask):  # type: ignore[misc]
    """waitress's own answer to a bad request, or to an app that raised."""
