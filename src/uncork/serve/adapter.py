"""All that touches waitress beyond its documented interface.

Read in waitress 3.0.1 and 3.0.2, which agree on every line relied on (numbers
are 3.0.2's); `uncork.serve.provide` holds the range. What is relied on:

- server.py 186-259: a server is given a socket, a map, a dispatcher and
  adjustments; 224: ``application``; 228: each has a ``trigger`` (a pipe) in the
  map; 247: ``active_channels``; 301-321: ``handle_accept`` makes a
  ``channel_class`` of a connection; 333: ``pull_trigger`` wakes the loop.
- wasyncore.py 193-223: ``poll2`` is one turn of the loop, with poll(2), which
  goes past 1,024 descriptors; 319-326: ``del_channel`` takes the listening
  socket out of the map and leaves the server's trigger in it.
- channel.py 39, 44-50, 72: ``task_class``, ``request`` (partly received),
  ``requests`` (running and queued), ``total_outbufs_len``, ``will_close``,
  ``close_when_flushed``; 83-120: with ``will_close`` the loop closes it; 307:
  ``handle_close``, after which 345-349 makes the app's next write raise.
- channel.py 463-469: a response that closes drops the requests behind it.
- task.py 164-172: ``service`` runs one request; 194-243: the response's header
  follows the request's ``CONNECTION``; 45-55, 64-79: ``queue`` and
  ``active_count``, the threads that do not wait for work; 117-138: ``shutdown``.

A waitress outside the range is used by its documented interface only, see
`StockServer`: a stop then is waitress's own, 5 seconds for what runs.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer, UnixWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    Report: TypeAlias = Callable[[Any, float], None]

_END_THREADS = 5.0
"""Seconds that waitress itself gives its threads to end: task.py 117."""


class _Reported:
    """A task that reports its request when the response is complete."""

    channel: Any
    wrote_header: bool

    def service(self) -> None:
        started = time.monotonic()
        try:
            super().service()  # type: ignore[misc]
        finally:
            # An app that raised before it answered is reported by the error's task.
            if self.wrote_header:
                self.channel.server.report(self, time.monotonic() - started)


class _Task(_Reported, WSGITask):  # type: ignore[misc]
    """While the server drains, the last response of a connection tells the client to close it."""

    def build_response_header(self) -> bytes:
        if self.channel.server.draining and len(self.channel.requests) <= 1:
            self.request.headers["CONNECTION"] = "close"
        header: bytes = super().build_response_header()
        return header


class _ErrorTask(_Reported, ErrorTask):  # type: ignore[misc]
    """waitress's own answer to a bad request, or to an app that raised."""


class _Channel(HTTPChannel):  # type: ignore[misc]
    task_class = _Task
    error_task_class = _ErrorTask

    @property
    def busy(self) -> bool:
        """Whether a request runs, is queued or is being received, or a response is being sent."""
        receiving = self.request is not None and self.request.headers_finished
        return bool(self.requests or self.total_outbufs_len or receiving or self.close_when_flushed)


class _Draining:
    """What both kinds of waitress's servers gain."""

    channel_class = _Channel
    draining = False
    report: Report
    socket: Any


class _TcpServer(_Draining, TcpWSGIServer):  # type: ignore[misc]
    pass


class _UnixServer(_Draining, UnixWSGIServer):  # type: ignore[misc]
    pass


class WaitressServer:
    """waitress's loop, threads and connections, taken apart so that a stop can drain them.

    All methods but `wake` belong to the thread that runs the loop.

    Args:
        application: the WSGI application.
        sockets: bound; they begin to listen now. The caller closes them.
        adjustments: waitress's own settings, without where to listen.
        report: called in a worker thread after each request, with its task and
            the seconds that it took.

    Raises:
        ValueError: an adjustment that waitress does not know.
    """

    drains = True
    _kinds: tuple[Any, Any] = (_TcpServer, _UnixServer)

    def __init__(
        self,
        application: Any,
        sockets: Sequence[socket.socket],
        adjustments: Mapping[str, Any],
        report: Report,
    ) -> None:
        self._map: dict[int, Any] = {}
        adjusted = Adjustments(**adjustments)
        self._dispatcher = ThreadedTaskDispatcher()
        self._dispatcher.set_thread_count(adjusted.threads)
        self._servers = [self._server(application, each, adjusted) for each in sockets]
        for server in self._servers:
            server.report = report
        self._open = True

    def _server(self, application: Any, sock: socket.socket, adjusted: Adjustments) -> Any:
        tcp, unix = self._kinds
        return (unix if sock.family.name == "AF_UNIX" else tcp)(
            application,
            self._map,
            True,
            sock,
            dispatcher=self._dispatcher,
            adj=adjusted,
            sockinfo=(sock.family, sock.type, sock.proto, sock.getsockname()),
            bind_socket=False,
        )

    @property
    def _channels(self) -> list[Any]:
        return [channel for server in self._servers for channel in server.active_channels.values()]

    @property
    def pending(self) -> int:
        """What a stop waits for: open connections, queued requests, and threads at work.

        A view whose client has gone away still runs.
        """
        threads: int = self._dispatcher.active_count
        return len(self._channels) + len(self._dispatcher.queue) + threads

    @property
    def requests(self) -> int:
        """How many requests run or are queued, or have a response that is being sent."""
        return sum(
            len(channel.requests) or bool(channel.total_outbufs_len) for channel in self._channels
        )

    def wake(self) -> None:
        """End a wait of `turn` in another thread, or in this one from a signal handler."""
        if self._open and self._servers:
            self._servers[0].pull_trigger()

    def turn(self, timeout: float) -> None:
        """Wait for something to do, at most `timeout` seconds, and do it."""
        wasyncore.poll2(timeout, self._map)

    def stop_accepting(self, *, take_queue: Sequence[bool]) -> None:
        """Accept no more; open connections go on, and their responses tell the client to close.

        Args:
            take_queue: for each socket, whether to take the connections that the
                system has accepted for us by now. Not where someone else listens, too.
        """
        for server, take in zip(self._servers, take_queue, strict=True):
            server.draining = True
            before = -1 if take else len(server.active_channels)
            while before != len(server.active_channels):
                before = len(server.active_channels)
                server.handle_accept()
            self._forget(server)

    def _forget(self, server: Any) -> None:
        server.accepting = False
        server.del_channel()
        server.socket = None

    def close_idle(self) -> None:
        """Close the connections on which nothing happens."""
        for channel in self._channels:
            if not channel.busy:
                channel.will_close = True

    def cut(self) -> None:
        """Close every connection now."""
        for channel in self._channels:
            channel.handle_close()

    def close(self, *, wait: bool) -> None:
        """End the threads and close the rest.

        A thread whose view still runs is left (it is a daemon), and then the pipe
        that it may write to stays open: its number could be another file's soon.

        Args:
            wait: for the threads; they have nothing to do.
        """
        self._dispatcher.shutdown(timeout=_END_THREADS if wait else 0)
        self._open = False
        if not self._dispatcher.threads:
            wasyncore.close_all(self._map)


class StockServer(WaitressServer):
    """A waitress outside the known range: stopped as waitress stops itself.

    ``shutdown`` is what its ``run`` does on SystemExit: 5 seconds for requests
    that run, none for those queued.
    """

    drains = False
    _kinds = (TcpWSGIServer, UnixWSGIServer)

    def stop_accepting(self, *, take_queue: Sequence[bool]) -> None:  # noqa: ARG002 - stock has no such thing
        """Accept no more, and let waitress end its threads."""
        for server in self._servers:
            self._forget(server)
        self._dispatcher.shutdown(timeout=_END_THREADS)
