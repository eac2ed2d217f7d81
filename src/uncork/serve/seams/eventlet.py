"""eventlet's own WSGI server, which the script starts: it keeps serving, see `uncork.serve.kept`.

Read in eventlet 0.41.3 (numbers are its wsgi.py's):

- convenience.py 28 ``listen`` binds before ``wsgi.server`` is called, and sets
  SO_REUSEPORT: so it is there that our socket is handed out.
- 1103 ``server`` accepts in a loop, which SystemExit from ``accept`` ends in an
  orderly way, 1117; then it closes idle connections at once and waits for the rest
  without a limit, 1120-1126. So ``accept`` is where a stop is drained.
- 943 ``Server.process_request`` runs a whole connection; its third item says what it
  does, 434-444 and 470-473; 588 a response tells the client to close where
  ``keepalive`` is false.
- hubs/poll.py waits with poll(2), which Python resumes after a signal handler has
  run (PEP 475): a pipe wakes it.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import socket
from typing import TYPE_CHECKING, Any

from uncork.serve.kept import SETTLE, Connection, Kept, asks_for_websocket, shut, version
from uncork.serve.listen import Address, Listener, TcpAddress, UnixAddress
from uncork.serve.native import write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from uncork.serve.runner import Runner

_handed: dict[int, tuple[Any, list[Listener]]] = {}
"""What `listen` handed out, by file descriptor: TLS wraps a socket and keeps its number."""


def patch_convenience(module: ModuleType, runner: Runner) -> None:
    """Let eventlet.listen hand out our socket."""
    original = module.listen

    @functools.wraps(original)
    def listen(addr: Any, family: Any = None, *args: Any, **kwargs: Any) -> Any:
        if runner.delegated:
            return original(addr, *([] if family is None else [family]), *args, **kwargs)
        listeners = runner.claim([_address(addr, family)])
        made = _copy(listeners[0])
        _handed[made.fileno()] = (made.getsockname(), listeners)
        return made

    module.listen = listen  # type: ignore[attr-defined]


def patch_wsgi(module: ModuleType, runner: Runner) -> None:
    """Give ``server`` our socket and our stop."""
    original = module.server
    signature = inspect.signature(original)

    @functools.wraps(original)
    def server(sock: Any, site: Any, *args: Any, **kwargs: Any) -> None:
        if runner.delegated:
            original(sock, site, *args, **kwargs)
            return
        asked = signature.bind(sock, site, *args, **kwargs)
        if "debug" in signature.parameters:
            asked.arguments["debug"] = False  # It would answer errors with tracebacks.
        asked.arguments["site"] = runner.behind_proxies(site)
        _Eventlet(runner, sock, site).serve(original, *asked.args[1:], **asked.kwargs)

    module.server = server  # type: ignore[attr-defined]
    _patch_server(module.Server)
    _patch_protocol(module.HttpProtocol)


PATCHES = {"eventlet.convenience": patch_convenience, "eventlet.wsgi": patch_wsgi}


def _patch_server(kind: Any) -> None:
    process = kind.process_request

    def process_request(self: Any, state: Any) -> None:
        kept = getattr(self.socket, "kept", None)
        if kept is None:
            process(self, state)
            return
        with kept.connected(state):
            process(self, state)

    kind.process_request = functools.wraps(process)(process_request)


def _patch_protocol(kind: Any) -> None:
    respond = kind.handle_one_response

    def handle_one_response(self: Any) -> None:
        kept = getattr(self.server.socket, "kept", None)
        if kept is not None:
            asked = asks_for_websocket(self.headers.get("Upgrade"))
            kept.by_state[id(self.conn_state)].websocket = asked
            # 588: tells the client, and closes.
            self.server.keepalive = self.server.keepalive and not kept.stop
        respond(self)

    kind.handle_one_response = functools.wraps(respond)(handle_one_response)


class _Stop(BaseException):
    """Ends a wait for connections."""


class _Connection(Connection):
    def __init__(self, state: Any, greenlet: Any) -> None:
        self.state = state
        self.greenlet = greenlet
        super().__init__()

    @property
    def busy(self) -> bool:
        """Whether a request is being received, runs, or has a response that is being sent."""
        return bool(self.state[2] == "request")

    @busy.setter
    def busy(self, value: bool) -> None:
        """Eventlet knows."""


class _Accepting:
    """A listening socket as ``server`` sees it, whose accept drains a stop."""

    def __init__(self, sock: Any, kept: _Eventlet, *, take_queue: bool) -> None:
        self._socket = sock
        self._take_queue = take_queue
        self.kept = kept
        self.waiting: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def accept(self) -> Any:
        """The next connection.

        Raises:
            SystemExit: the server has drained.
        """
        from eventlet import getcurrent  # noqa: PLC0415 - the script has imported it

        if not self.kept.stop:
            self.waiting = getcurrent()
            try:
                return self._socket.accept()
            except _Stop:
                pass
            finally:
                self.waiting = None
        if queued := self._queued():
            return queued
        self._socket.close()
        self.kept.finish(self)
        raise SystemExit

    def interrupt(self) -> None:
        """End its wait; called by the loop."""
        if self.waiting is not None:
            self.waiting.throw(_Stop)

    def _queued(self) -> Any:
        """A connection that the system has accepted for us; with TLS it needs a handshake."""
        from eventlet.green.socket import socket as green_socket  # noqa: PLC0415

        if not self._take_queue or hasattr(self._socket, "do_handshake"):
            return None
        self._socket.setblocking(False)
        with contextlib.suppress(OSError):
            raw, address = self._socket.accept()
            return green_socket(raw), address
        return None


class _Eventlet(Kept):
    """One call of ``server``."""

    lets_interrupts_pass = False

    def __init__(self, runner: Runner, sock: Any, site: Any) -> None:
        name, listeners = _handed.pop(sock.fileno(), (None, []))
        handed = name == sock.getsockname()
        tls = hasattr(sock, "do_handshake")
        given = [] if handed else [sock]
        if not handed:
            listeners = runner.claim([], given, application=site)
        super().__init__(
            runner, listeners, given, application=site, how=version("eventlet"), tls=tls
        )
        if tls and (len(listeners) > 1 or (given and not self.kept_given)):
            runner.decline(
                "this socket speaks https, and another is to take its place",
                hint="make it with eventlet.listen; hand over one socket alone",
            )
        self.close_overruled(given)
        if handed or self.kept_given:
            self._sockets = [sock, *(_copy(each) for each in listeners[1:])]
        else:
            self._sockets = [_copy(each) for each in listeners]
        self.by_state: dict[int, _Connection] = {}
        self._accepting: list[_Accepting] = []
        self._finished = False
        self._pipe = (-1, -1)

    def serve(self, server: Any, *args: Any, **kwargs: Any) -> None:
        """Run eventlet's own server until it is stopped.

        Args:
            server: eventlet's function.
            *args: what stands behind the socket.
            **kwargs: the script's.
        """
        from eventlet import getcurrent, sleep, spawn  # noqa: PLC0415 - the script has imported it

        self._accepting = [
            _Accepting(each, self, take_queue=self.takes_queue(index))
            for index, each in enumerate(self._sockets)
        ]
        in_main = getcurrent().parent is None
        self._pipe = os.pipe()
        os.set_blocking(self._pipe[1], False)
        beside = [spawn(self._watch)]
        try:
            self.begin()
            beside.append(spawn(self._live))
            beside += [spawn(server, each, *args, **kwargs) for each in self._accepting[1:]]
            server(self._accepting[0], *args, **kwargs)
            while in_main and self.stop and self.others_stop:
                sleep(SETTLE)
        finally:
            try:
                self.end(returns=in_main)
            finally:
                for each in beside:
                    each.kill()
                for end in self._pipe:
                    os.close(end)

    def wake(self) -> None:
        """Safe in signal handlers: the pipe ends the loop's wait."""
        with contextlib.suppress(BlockingIOError):
            write(self._pipe[1], b"!")

    def _watch(self) -> None:
        from eventlet.hubs import get_hub, trampoline  # noqa: PLC0415

        trampoline(self._pipe[0], read=True)
        for each in self._accepting:
            get_hub().schedule_call_global(0, each.interrupt)

    def _live(self) -> None:
        from eventlet import sleep  # noqa: PLC0415

        for pause in self.signs_of_life():
            sleep(pause)

    def finish(self, accepting: _Accepting) -> None:
        """Drain; called by each listening socket's accept, and the first one's does it."""
        from eventlet import sleep  # noqa: PLC0415

        if accepting is self._accepting[0]:
            for pause in self.finishing():
                sleep(pause)
            self._finished = True
        while not self._finished:
            sleep(SETTLE)

    @contextlib.contextmanager
    def connected(self, state: Any) -> Any:
        """A connection is open inside."""
        from eventlet import getcurrent  # noqa: PLC0415

        connection = self.by_state[id(state)] = _Connection(state, getcurrent())
        self.connections.add(connection)
        try:
            yield
        finally:
            self.connections.discard(connection)
            del self.by_state[id(state)]

    def stop_accepting(self) -> None:
        """Each socket's accept has done it, or does so now."""

    def close_idle(self, idle: Sequence[Any]) -> None:
        """Their greenlets read an end of the stream."""
        for each in idle:
            shut(each.state[1])

    def cut_off(self, left: Sequence[Any]) -> None:
        """End the greenlets: eventlet's server waits for them."""
        from eventlet import kill  # noqa: PLC0415

        for each in left:
            shut(each.state[1])
            kill(each.greenlet)


def _copy(listener: Listener) -> Any:
    from eventlet.green.socket import socket as green_socket  # noqa: PLC0415

    own = listener.socket
    return green_socket(own.family, own.type, own.proto, fileno=os.dup(own.fileno()))


def _address(given: Any, family: Any) -> Address:
    if isinstance(given, str | bytes):
        return UnixAddress(os.fsdecode(given))
    host, port, *_ = given
    everywhere = "::" if family == socket.AF_INET6 else "0.0.0.0"  # noqa: S104 - what the script asks for
    return TcpAddress(host or everywhere, port)
