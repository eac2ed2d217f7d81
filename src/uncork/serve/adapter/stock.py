"""A waitress that the adapter does not know: used by its documented interface only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer, UnixWSGIServer
from waitress.task import ThreadedTaskDispatcher

from uncork.serve.adapter.server import END_THREADS, WaitressServer, forget

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence

    from uncork.serve.adapter.limits import Limits


class StockServer(WaitressServer):
    """waitress with its own loop, and stopped as it stops itself.

    ``shutdown`` is what its ``run`` does on SystemExit: 5 seconds for requests
    that run, none for those queued. It has neither reports nor limits of ours.
    """

    drains = False
    _kinds = (TcpWSGIServer, UnixWSGIServer)

    def __init__(
        self,
        application: Any,
        sockets: Sequence[socket.socket],
        adjustments: Mapping[str, Any],
        report: Callable[[Any, float], None],  # noqa: ARG002 - stock has no such thing
        *,
        limits: Limits | None = None,  # noqa: ARG002 - likewise
        tell: Callable[[str], None] | None = None,  # noqa: ARG002 - likewise
        shared: bool = False,  # noqa: ARG002 - likewise
        share: object = None,  # noqa: ARG002 - likewise
    ) -> None:
        self._dispatcher = ThreadedTaskDispatcher()
        self._open_servers(application, sockets, Adjustments(**adjustments))

    @property
    def pending(self) -> int:
        """What a stop waits for: open connections, queued requests, and threads at work."""
        at_work: int = self._dispatcher.active_count
        return len(self._channels) + len(self._dispatcher.queue) + at_work

    @property
    def requests(self) -> int:
        """How many requests run or are queued, or have a response that is being sent."""
        return sum(len(each.requests) or bool(each.total_outbufs_len) for each in self._channels)

    def turn(self, timeout: float) -> None:
        """Wait for something to do, at most `timeout` seconds, and do it."""
        wasyncore.poll2(timeout, self._map)

    def stop_accepting(self, *, take_queue: Sequence[bool]) -> None:  # noqa: ARG002 - likewise
        """Accept no more, and let waitress end its threads."""
        for server in self._servers:
            forget(server)
        self._dispatcher.shutdown(timeout=END_THREADS)

    def close_idle(self) -> None:
        """Nothing: the stop has no time for it."""

    def cut(self) -> None:
        """Close every connection now."""
        for channel in self._channels:
            channel.handle_close()

    def close(self, *, wait: bool) -> None:
        """End the threads and close the rest."""
        self._end_threads(wait=wait)
