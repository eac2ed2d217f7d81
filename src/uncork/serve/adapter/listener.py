"""The listening socket in the loop: waitress's servers, which take connections as there is room."""

from __future__ import annotations

import errno
import functools
import os
from typing import TYPE_CHECKING, Any, Protocol

from waitress.server import TcpWSGIServer, UnixWSGIServer

from uncork.serve import native
from uncork.serve.adapter.channel import Channel
from uncork.serve.adapter.loop import READ

if TYPE_CHECKING:
    from collections.abc import Callable

    from uncork.serve.adapter.loop import Loop
    from uncork.serve.adapter.room import Room

_AT_ONCE = 64
"""Connections taken in one turn. One at a time, as waitress does, takes a turn each."""
_AT_ONCE_SHARED = 4
"""The same where other processes take from the same socket: they get their share."""
_NO_FILES = {errno.EMFILE, errno.ENFILE}


class Share(Protocol):
    """The connections of this process beside those of others that accept from the same socket."""

    def has(self, count: int) -> None:
        """So many connections are open here."""

    def leave(self) -> None:
        """This process accepts no more."""

    def is_ahead(self) -> bool:
        """Whether this process has more than it should."""
        ...

    def yields(self) -> bool:
        """Whether to leave a connection that waits to another process, for a moment."""
        ...

    def taken(self) -> None:
        """Another process has taken what waited."""


class _Accepting:
    """What both kinds of waitress's servers gain."""

    channel_class = Channel
    draining = False
    watching = 0
    yielding = False
    """Whether another process may take what waits."""
    # Set by `WaitressServer`.
    report: Callable[[Any, float], None]
    loop: Loop
    room: Room
    shared: bool
    share: Share | None
    # waitress's own.
    adj: Any
    active_channels: dict[int, Channel]
    socket: Any
    _fileno: int | None
    _map: dict[int, Any]

    def pull_trigger(self) -> None:
        """Nothing: what waitress wakes its loop for, a channel tells this one (channel.py 392)."""

    def fileno(self) -> int | None:
        """The listening socket's descriptor."""
        return self._fileno

    def interest(self) -> int:
        """Whether to accept. Of several processes all are woken, and the fastest takes it.

        EPOLLEXCLUSIVE (epoll_ctl(2)) wakes one, and nearly always the same one: of 32
        requests that took 0.3 s each, 3 ms apart, it got all 32, and each connection
        that it was woken for and hung over was nobody else's (docs/decisions/0010).
        """
        return 0 if self.room.closed or self.yielding else READ

    def happened(self, _flags: int) -> None:
        """Clients wait."""
        if self.share is not None and self.share.yields():
            self.yielding = True
            return
        for _ in range(_AT_ONCE_SHARED if self.shared else _AT_ONCE):
            if not self.room.is_there() or not self.accept_one():
                return
            self.room.make()
            if self.share is not None:
                self.share.has(self.room.open)
                if self.share.is_ahead():
                    return

    def accept_one(self) -> bool:
        """Take a connection; returns whether there may be more: server.py 301-321."""
        try:
            connection, address = self.socket.accept()
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno in _NO_FILES:
                self.room.run_out(os.strerror(error.errno).lower())
                return False
            return True  # That client has gone already.
        address = self.fix_addr(address)  # type: ignore[attr-defined]
        try:
            self.set_socket_options(connection)  # type: ignore[attr-defined]
            channel = self.channel_class(self, connection, address, self.adj, map=self._map)
        except OSError:
            connection.close()
        else:
            self.loop.watch(channel)
        return True


class TcpListener(_Accepting, TcpWSGIServer):  # type: ignore[misc]
    """On a TCP socket."""


class UnixListener(_Accepting, UnixWSGIServer):  # type: ignore[misc]
    """On a unix socket."""


class Pipe:
    """waitress's pipe that ends a wait (trigger.py), in the loop."""

    watching = 0

    def __init__(self, trigger: Any) -> None:
        self._trigger = trigger
        # eventlet's os.write may switch, which a signal handler in its hub can't.
        trigger._physical_pull = functools.partial(native.write, trigger.trigger, b"x")  # noqa: SLF001 - trigger.py 129

    def fileno(self) -> int | None:
        """The reading end."""
        number: int | None = self._trigger._fileno  # noqa: SLF001 - as wasyncore does
        return number

    def interest(self) -> int:
        """It is always read."""
        return READ

    def happened(self, _flags: int) -> None:
        """Empty it."""
        self._trigger.handle_read()
