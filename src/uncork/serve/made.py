"""A server object that a library makes and the script keeps: it listens when it is made.

werkzeug's ``make_server``, wsgiref's and cheroot's servers are such objects. The
script reads their port, runs them in any thread, stops them from another, or asks
them for one request at a time.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from uncork.serve.interrupt import interrupt_script
from uncork.serve.native import in_main_thread

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Sequence

    from uncork.serve.listen import Address, Listener
    from uncork.serve.runner import RunCall, Runner
    from uncork.serve.server import Server

_STEP = 0.5
"""Seconds."""
BYPASSED = frozenset(
    {
        "_handle_request_noblock",
        "close_request",
        "finish_request",
        "get_request",
        "process_request",
        "process_request_thread",
        "service_actions",
        "shutdown_request",
        "verify_request",
    }
)
"""What socketserver calls for each connection or turn of its loop, which is not its own now."""
_ONLY_LOGS = (
    "log",
    "protocol_version",
    "server_version",
    "sys_version",
    "address_string",
    "version_string",
    "connection_dropped",
    "timeout",
    "rbufsize",
    "wbufsize",
    "disable_nagle_algorithm",
)
"""What a request handler may change without changing an answer: it logs, names itself, or is
about the connection, which is ours."""


class Made:
    """Our side of such an object.

    Args:
        runner: of this process.
        application: what it serves.
        addresses: where the script wants it to listen.
        given: or the sockets that it has bound.
        made: it may be run later, by any thread; False, it is run at once.
    """

    def __init__(
        self,
        runner: Runner,
        application: Any,
        addresses: Sequence[Address],
        given: Sequence[socket.socket] = (),
        *,
        made: bool = True,
    ) -> None:
        self._runner = runner
        self._addresses = addresses
        self._server: Server | None = None
        self._stopped_early = False
        self._turns: _Turns | None = None
        self.listeners: Sequence[Listener] = runner.claim(
            addresses, given, application=application, made=made
        )

    def serve(self, call: RunCall) -> None:
        """Serve until it is stopped."""
        if self._stopped_early:
            self._stopped_early = False
            self._runner.has_served = True
            return
        self._listen_again(call)
        self._server = self._runner.server(call, self.listeners)
        self._runner.serve(self._server, self.listeners, call)

    def _listen_again(self, call: RunCall) -> None:
        """Where the main thread runs it, it is the app after all; a stopped one listens anew."""
        closed = any(listener.socket.fileno() < 0 for listener in self.listeners)
        beside = any(listener.beside for listener in self.listeners)
        if not closed and not (beside and in_main_thread()):
            return
        self.close()
        self.listeners = self._runner.claim(self._addresses, application=call.application)

    def shutdown(self) -> None:
        """Stop, and wait until it has; before it serves, it will not."""
        if self._server is not None:
            self._server.shutdown()
        else:
            self._stopped_early = True

    def drain(self) -> None:
        """Begin to stop."""
        if self._server is not None:
            self._server.drain()

    def close(self) -> None:
        """Listen no more."""
        if self._turns is not None:
            self.shutdown()
            self._turns = None
        for listener in self.listeners:
            listener.close()
        self._runner.release(self.listeners)

    def handle_one(self, call: RunCall, timeout: float | None) -> bool:
        """Serve until one more request has been answered.

        Args:
            call: what to serve.
            timeout: seconds; None, as long as it takes.

        Returns:
            Whether there was one.

        Raises:
            BaseException: the server was stopped; see `_Turns.next`.
        """
        if self._turns is None:
            self._turns = _Turns(self.serve, call)
        return self._turns.next(self._runner, timeout)


class _Turns:
    """A server in a thread of its own, and a count of the requests that it has answered."""

    def __init__(self, serve: Callable[[RunCall], None], call: RunCall) -> None:
        self._answered = threading.Semaphore(0)
        self._ended = False
        self._error: BaseException | None = None
        counted = replace(call, application=self._counting(call.application), threads=1)
        threading.Thread(
            target=self._run, args=(serve, counted), name="uncork-serve", daemon=True
        ).start()

    def _run(self, serve: Callable[[RunCall], None], call: RunCall) -> None:
        try:
            serve(call)
        except BaseException as error:  # noqa: BLE001 - raised again in the script's thread
            self._error = error
        self._ended = True
        self._answered.release()

    def _counting(self, application: Any) -> Any:
        def counted(environ: Any, start_response: Any) -> Iterable[bytes]:
            try:
                return _Closing(application(environ, start_response), self._answered.release)
            except BaseException:
                self._answered.release()
                raise

        return counted

    def _wait(self, timeout: float | None) -> bool:
        """Wait in short steps: Python runs no handler of a signal that comes just before a wait."""
        deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            left = deadline - time.monotonic()
            if self._answered.acquire(timeout=max(0.0, min(left, _STEP))):
                return True
            if left <= _STEP:
                return False

    def next(self, runner: Runner, timeout: float | None) -> bool:
        """Wait for a request to be answered.

        Raises:
            KeyboardInterrupt: a signal has stopped the server, and the script catches that.
            SystemExit: it has, and the script does not; or the call was declined.
        """
        there = self._wait(timeout)
        if not self._ended:
            return there
        if self._error is not None:
            raise self._error
        if runner.is_stopping:
            interrupt_script()
            raise SystemExit(0)
        return False


class _Closing:
    """A response that says when it is complete (PEP 3333: close is called then)."""

    def __init__(self, response: Iterable[bytes], closed: Callable[[], object]) -> None:
        self._response = response
        self._closed = closed

    def __iter__(self) -> Any:
        return iter(self._response)

    def close(self) -> None:
        try:
            close = getattr(self._response, "close", None)
            if close is not None:
                close()
        finally:
            self._closed()


def bypassed(kind: type, libraries: Iterable[str], names: Iterable[str] = BYPASSED) -> list[str]:
    """What a server class of the script's own changes that would not be called.

    Args:
        kind: the class.
        libraries: the modules whose classes are not the script's.
        names: the methods in question.
    """
    known = set(libraries)
    own = [each for each in kind.__mro__ if each.__module__ not in known]
    return sorted({name for each in own for name in vars(each)} & set(names))


def changed_answers(handler: type, base: type) -> list[str]:
    """What a request handler changes of an answer: handlers are not used."""
    own = [kind for kind in handler.__mro__ if issubclass(kind, base) and kind is not base]
    names = {name for kind in own for name in vars(kind) if not name.startswith("__")}
    return sorted(name for name in names if not name.startswith(_ONLY_LOGS))
