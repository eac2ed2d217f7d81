"""Where a server listens: systemd's sockets, else what options say, else what the script says.

Options are for one server, the app's own (`uncork.serve.role`): one that runs beside
it, and a second app at the same time, get what the script says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from uncork.errors import SystemRefusedError
from uncork.serve.listen import Listener, bind_all, choose_addresses
from uncork.serve.native import in_main_thread
from uncork.serve.role import is_beside, wait_for_main_thread

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from uncork.serve.family import Family
    from uncork.serve.listen import Address
    from uncork.serve.options import ServeOptions


class Claims:
    """Who has got what of one process.

    Args:
        options: flags and environment variables.
        inherited: systemd's sockets.
        family: knows of the script's other processes.
        stops: whether the process was asked to stop.
    """

    def __init__(
        self,
        options: ServeOptions,
        inherited: Sequence[Listener],
        family: Family,
        stops: Callable[[], bool],
    ) -> None:
        self.inherited = list(inherited)
        self._options = options
        self._family = family
        self._stops = stops
        self._holder: Listener | None = None

    def claim(
        self,
        addresses: Sequence[Address],
        given: Sequence[socket.socket],
        application: Any,
        *,
        made: bool,
    ) -> list[Listener]:
        """The sockets for a run call: see `uncork.serve.runner.Runner.claim`.

        Raises:
            SystemRefusedError: the system refuses one.
            SystemExit: the process was asked to stop, and nothing may begin.
        """
        if self._stops() or self._family.is_left:
            raise SystemExit(0)  # A script that runs its app in a loop must end, too.
        beside = is_beside(application, made=made)
        first = not beside and self._is_first()
        try:
            listeners = self._sockets(addresses, given, first=first)
        except SystemRefusedError:
            if first:
                self._family.give_back()
            raise
        if first:
            self._holder = listeners[0]
        return [replace(each, beside=True) for each in listeners] if beside else listeners

    def release(self, listeners: Sequence[Listener]) -> None:
        """A server has stopped, or will never run: the options are free for the next one."""
        holder = self._holder
        if holder is not None and any(each.socket is holder.socket for each in listeners):
            self._holder = None
            self._family.give_back()

    def _is_first(self) -> bool:
        if (self._options.places or self.inherited) and not in_main_thread():
            wait_for_main_thread(lambda: self._family.taken or self._stops())
            if self._stops():
                raise SystemExit(0)
        return self._family.take()

    def _sockets(
        self, addresses: Sequence[Address], given: Sequence[socket.socket], *, first: bool
    ) -> list[Listener]:
        if first and self.inherited:
            listeners, self.inherited = self.inherited, []
            return listeners
        if given and not (first and self._options.places):
            return [Listener(each, inherited=True) for each in given]
        options = self._options if first else type(self._options)()
        return bind_all(choose_addresses(addresses, options))
