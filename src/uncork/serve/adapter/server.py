"""waitress's listeners and threads under a loop of our own, so that a stop can drain them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments

from uncork.serve.adapter.dispatcher import Dispatcher
from uncork.serve.adapter.limits import Limits
from uncork.serve.adapter.listener import Pipe, TcpListener, UnixListener
from uncork.serve.adapter.loop import Loop
from uncork.serve.adapter.room import Room, Seldom

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence

    from uncork.serve.adapter.channel import Channel
    from uncork.serve.adapter.listener import Share

END_THREADS = 5.0
"""Seconds that waitress itself gives its threads to end: task.py 117."""
_YIELD = 0.001
"""Seconds in which another process may take a connection; it needs a turn for that."""
_LONG_WAIT = 1.0
"""Seconds that a request waits for a thread before the operator is told."""


def _nobody(_line: str) -> None:
    """Whom a server tells its troubles if nobody else listens."""


class WaitressServer:
    """waitress's threads and connections, with a loop, limits and a drain of our own.

    All methods but `wake` belong to the thread that runs the loop.

    Args:
        application: the WSGI application.
        sockets: bound; they begin to listen now. The caller closes them.
        adjustments: waitress's own settings, without where to listen.
        report: called in a worker thread after each request, with its task and
            the seconds that it took. If it has ``flush()`` and ``pending``, it may
            gather what it writes: the loop flushes it before it waits.
        limits: what clients may take.
        tell: says a line to the operator.
        shared: other processes accept from the same sockets.
        share: what this one has of the connections, if that is known of all.

    Raises:
        ValueError: an adjustment that waitress does not know.
    """

    drains = True
    _kinds: tuple[Any, Any] = (TcpListener, UnixListener)

    def __init__(
        self,
        application: Any,
        sockets: Sequence[socket.socket],
        adjustments: Mapping[str, Any],
        report: Callable[[Any, float], None],
        *,
        limits: Limits | None = None,
        tell: Callable[[str], None] = _nobody,
        shared: bool = False,
        share: Share | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._tell = Seldom(tell)
        self._next_sweep = 0.0
        self._share = share
        self._yields_until: float | None = None
        self._report: Any = report if hasattr(report, "flush") else None
        self._dispatcher: Any = Dispatcher()
        self._open_servers(application, sockets, Adjustments(**adjustments))
        self._loop = Loop(self.wake, self._has_lines)
        self._room = Room(
            self._servers[0].adj.connection_limit if self._servers else 0,
            [server.active_channels.values() for server in self._servers],
            self._tell,
        )
        for server in self._servers:
            server.report = self._reported if self._report else report
            server.loop, server.room = self._loop, self._room
            server.shared, server.share = shared, share
            self._loop.watch(server)
            self._loop.watch(Pipe(server.trigger))
        if share is not None:
            share.has(0)

    def _open_servers(
        self, application: Any, sockets: Sequence[socket.socket], adjusted: Adjustments
    ) -> None:
        """Begin to listen, and start the threads."""
        self._map: dict[int, Any] = {}
        self._servers = [self._server(application, each, adjusted) for each in sockets]
        self._dispatcher.set_thread_count(adjusted.threads)
        self._waking = threading.RLock()
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

    # --- reports -------------------------------------------------------------

    def _reported(self, task: Any, seconds: float) -> None:
        """From a worker: the loop writes what has gathered, unless it sleeps."""
        self._report(task, seconds)
        if not self._loop.attentive:
            self._report.flush()

    def _has_lines(self) -> bool:
        return self._report is not None and bool(self._report.pending)

    # --- what is there -------------------------------------------------------

    @property
    def _channels(self) -> list[Channel]:
        return [channel for server in self._servers for channel in server.active_channels.values()]

    @property
    def pending(self) -> int:
        """What a stop waits for: open connections, queued requests, and threads at work.

        A view whose client has gone away still runs.
        """
        at_work: int = self._dispatcher.active_count + self._dispatcher.owed
        return len(self._channels) + len(self._dispatcher.queue) + at_work

    @property
    def requests(self) -> int:
        """How many requests run or are queued, or have a response that is being sent.

        Those that only wait are not finished by a stop, but ended.
        """
        there = sum(
            len(channel.requests) or bool(channel.total_outbufs_len) for channel in self._channels
        )
        waiting: int = self._dispatcher.waiting
        return max(0, there - waiting)

    # --- the loop ------------------------------------------------------------

    def wake(self) -> None:
        """End a wait of `turn` in another thread, or in this one from a signal handler."""
        # The handler may interrupt a thread that is in here, so the lock is one for that.
        with self._waking:
            if self._open and self._servers:
                self._servers[0].trigger.pull_trigger()

    def turn(self, timeout: float) -> None:
        """Wait for something to do, at most `timeout` seconds, and do it."""
        yields = self._yields_until is not None
        self._loop.turn(min(timeout, _YIELD if yields else self._limits.sweep))
        if self._share is not None:
            self._keep_share(self._share)
        if self._has_lines():
            self._report.flush()
        if self._room.closed and self._room.reopen():
            for server in self._servers:
                self._loop.review(server)
        now = time.monotonic()
        if now >= self._next_sweep:
            self._next_sweep = now + self._limits.sweep
            self._sweep(now)

    def _keep_share(self, share: Share) -> None:
        """Say what is open; take again what another process was to take, if it is still there."""
        share.has(self._room.open)
        yielding = [server for server in self._servers if server.yielding]
        now = time.monotonic()
        if not yielding:
            # Watched for a whole turn, the listeners have seen nobody, or have taken him.
            share.taken()
        elif self._yields_until is None:
            self._yields_until = now + _YIELD
        elif now >= self._yields_until:
            self._yields_until = None
            for server in yielding:
                server.yielding = False
                self._loop.review(server)

    def _sweep(self, now: float) -> None:
        """Close what lasts too long; tell of requests that wait."""
        queued = len(self._dispatcher.queue)
        waited = self._dispatcher.longest_wait(now) if queued else 0.0
        if waited > _LONG_WAIT:
            threads = len(self._dispatcher.threads)
            self._tell(
                "queue",
                f"all {threads} threads are busy and {queued} more requests wait, one since "
                f"{waited:.1f} s: more --threads help if views wait for something, "
                "more processes if they compute",
            )
        for channel in self._channels:
            channel.enforce(self._limits, now, queued=queued > 0)

    # --- the stop ------------------------------------------------------------

    def stop_accepting(self, *, take_queue: Sequence[bool]) -> None:
        """Accept no more; open connections go on, and their responses tell the client to close.

        Args:
            take_queue: for each socket, whether to take the connections that the
                system has accepted for us by now. Not where someone else listens, too.
        """
        for server, take in zip(self._servers, take_queue, strict=True):
            server.draining = True
            while take and server.accept_one():
                pass
            self._loop.forget(server, server.fileno())
            forget(server)
        if self._share is not None:
            self._share.leave()
            self._share = None

    def close_idle(self) -> None:
        """Close the connections on which nothing happens, and end what only waits."""
        self._dispatcher.end_waiting()
        for channel in self._channels:
            if not channel.busy:
                channel.close_now()

    def cut(self) -> None:
        """Close every connection now."""
        for channel in self._channels:
            channel.close_now()

    def close(self, *, wait: bool) -> None:
        """End the threads and close the rest.

        A thread whose view still runs is left (it is a daemon), and then the pipe
        that it may write to stays open: its number could be another file's soon.

        Args:
            wait: for the threads; they have nothing to do.
        """
        if self._end_threads(wait=wait):
            self._loop.close()
        if self._has_lines():
            self._report.flush()

    def _end_threads(self, *, wait: bool) -> bool:
        """End the threads and, if all have ended, close what is left; returns whether."""
        self._dispatcher.shutdown(timeout=END_THREADS if wait else 0)
        with self._waking:
            self._open = False
        ended = not self._dispatcher.threads
        if ended:
            wasyncore.close_all(self._map)
        return ended


def forget(server: Any) -> None:
    """Take a listening socket out of waitress's hands; its pipe stays: wasyncore.py 319-326."""
    server.accepting = False
    server.del_channel()
    server.socket = None
