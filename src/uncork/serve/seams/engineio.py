"""python-engineio's long polls, which wait for news in a thread that runs views.

Engine.IO, and so Socket.IO, holds a GET until there is something to tell, up to
ping_interval + ping_timeout (45 s): engineio/socket.py ``Socket.poll``, in
python-engineio 3 and 4. Under a development server each connection has a thread.
Here a poll that finds nothing gives its thread's place away while it waits.

A stop ends the sessions that poll as their clients' own disconnect would, so
that the script's handlers run: a NOOP packet ends the poll, the client asks again
and finds nobody, and connects anew when there is somebody. A CLOSE packet would
not do: python-socketio's client takes it for good (client.py
``_handle_eio_disconnect``). Sessions on websockets end with those.

Websockets themselves need nothing here: see `uncork.serve.websockets`.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

from uncork.serve.waiting import current_lender, farewell_elsewhere

if TYPE_CHECKING:
    from types import ModuleType

    from uncork.serve.runner import Runner


def patch_socket(module: ModuleType, runner: Runner) -> None:  # noqa: ARG001 - a patch's parameters
    """Have `Socket.poll` say that it waits."""
    kind = module.Socket
    original = kind.poll

    @functools.wraps(original)
    def poll(self: Any) -> Any:
        lender = current_lender()
        end_sessions = functools.partial(_end_sessions, self.server, module.packet)
        if lender is None:
            # A websocket's writer, or another server than ours, such as gevent's.
            spawn = self.server.start_background_task
            farewell_elsewhere(self.server, functools.partial(spawn, end_sessions))
            return original(self)
        lender.farewell(self.server, end_sessions)
        if not self.queue.empty():
            return original(self)
        waiting = _Poll()
        lender.lend(waiting)
        try:
            return original(self)
        finally:
            lender.take_back(waiting)

    kind.poll = poll


def patch_threads(module: ModuleType, runner: Runner) -> None:  # noqa: ARG001 - a patch's parameters
    """Have background tasks be daemons, as today's python-engineio has them itself.

    In 3.14 a task that never ends, as most don't, would hold the process after a stop.
    """
    drivers = module._async  # noqa: SLF001 - where engineio looks its classes up
    if drivers["thread"] is threading.Thread:
        drivers["thread"] = functools.partial(threading.Thread, daemon=True)


PATCHES = {
    "engineio.socket": patch_socket,
    "engineio.async_drivers.threading": patch_threads,
}


class _Poll:
    """A `uncork.serve.waiting.Waiting` that the farewell ends."""

    def end(self) -> None:
        pass


def _end_sessions(server: Any, packet: Any) -> None:
    """End every session that polls; runs the script's disconnect handlers."""
    for session in list(server.sockets.values()):
        on_websocket = session.upgraded or session.upgrading
        if session.connected and not (on_websocket or session.closed or session.closing):
            session.queue.put(packet.Packet(packet.NOOP))
            session.close(wait=False, abort=True)
            # A message that is on its way would else fail with a traceback: _get_socket.
            server.sockets.pop(session.sid, None)
