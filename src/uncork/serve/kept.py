"""Servers that the script starts itself and that are fit for production: they keep serving.

gevent's, eventlet's and tornado's loops hold thousands of waiting requests, which
threads can't. So they are left in charge, and get from uncork what they lack:
where to listen, the word that they are ready, and a stop that drains.

A library's seam subclasses `Kept` for one server object. Its loop is one thread,
so all but `drain` and `cut`, which a signal handler calls, is called by the loop.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from uncork.serve.drain import HANDED_OVER_GRACE, OWN_GRACE, Drain, Step
from uncork.serve.interrupt import interrupt_script
from uncork.serve.logs import tell
from uncork.serve.native import get_ident, watch
from uncork.serve.role import flasks_in
from uncork.serve.server import count
from uncork.serve.signals import GRACE
from uncork.serve.waiting import say_farewells

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from uncork.serve.listen import Listener
    from uncork.serve.runner import Runner

SETTLE = 0.05
"""Seconds between two looks at the other servers of a loop."""


class Connection:
    """What is known of an open connection.

    Attributes:
        busy: a request is being received, runs, or has a response that is being sent.
        websocket: it is one, which ends when a side wants it to.
    """

    def __init__(self) -> None:
        self.busy = False
        self.websocket = False


class Kept:
    """One server of a library's own.

    Args:
        runner: of this process.
        listeners: what the runner gave for it.
        given: the sockets that the script had bound itself.
        application: the WSGI application; None, it is not known.
        how: for the ready line, such as ``gevent 26.9``.
        tls: it speaks https.
    """

    lets_interrupts_pass = True
    """Whether the library's call lets KeyboardInterrupt through to the script."""
    _alive: dict[int, set[Kept]] = {}  # noqa: RUF012 - of the process: those of one thread share a loop

    def __init__(
        self,
        runner: Runner,
        listeners: Sequence[Listener],
        given: Sequence[socket.socket] = (),
        *,
        application: Any,
        how: str,
        tls: bool = False,
    ) -> None:
        for flask in flasks_in(application):
            flask.debug = False  # It would answer errors with tracebacks.
        scheme = "https" if tls else "http"
        self.listeners = [replace(each, scheme=scheme) for each in listeners]
        self.connections: set[Any] = set()
        self.returns = False
        self.stop = False
        self.runner = runner
        self._cut = self._drained = False
        self.kept_given = [each for each in given if each in [one.socket for one in listeners]]
        self._how = how
        self._stack = contextlib.ExitStack()

    # --- where it listens ----------------------------------------------------

    def close_overruled(self, given: Sequence[socket.socket]) -> None:
        """Close the script's own sockets that are not used: nobody would accept there."""
        for each in given:
            if each not in self.kept_given:
                each.close()

    def copies(self, make: Callable[..., Any]) -> list[Any]:
        """The listening sockets, in a library's own class; ours stay ours to close.

        Args:
            make: the class, which takes family, type, protocol and ``fileno``.
        """
        made = []
        for listener in self.listeners:
            own = listener.socket
            made.append(make(own.family, own.type, own.proto, fileno=os.dup(own.fileno())))
            made[-1].setblocking(False)
        return made

    def takes_queue(self, index: int) -> bool:
        """Whether connections that the system has accepted for a listener by now are ours."""
        listener = self.listeners[index]
        return not listener.inherited or listener.socket in self.kept_given

    def give_up(self) -> None:
        """It will not serve after all."""
        for listener in self.listeners:
            listener.close()
        self.runner.release(self.listeners)

    # --- life ------------------------------------------------------------------

    def begin(self) -> None:
        """It answers from now on."""
        self._alive.setdefault(get_ident(), set()).add(self)
        self._stack.callback(self._alive[get_ident()].discard, self)
        self.runner.tell_unused(self._how)
        self._stack.enter_context(self.runner.announced(self, self.listeners, self._how))

    @property
    def running(self) -> bool:
        """Whether it has begun and not ended."""
        return self in self._alive.get(get_ident(), ())

    @property
    def others_stop(self) -> bool:
        """Whether another server of this loop is still draining: the script must not go on yet."""
        others = self._alive.get(get_ident(), set()) - {self}
        return self.runner.is_stopping and bool(others)

    def end(self, *, returns: bool) -> None:
        """It has stopped.

        Args:
            returns: the call that the script's main flow is in returns behind this.

        Raises:
            KeyboardInterrupt: the script has its clean-up behind that.
            BaseException: what the script's own signal handlers raise.
        """
        self._drained = True
        self.returns = returns
        for listener in self.listeners:
            listener.close()
        stopped, handled = self.stop and self.running, self.runner.script_handles_stop
        self._stack.close()
        if stopped and returns and self.lets_interrupts_pass and not handled:
            interrupt_script()

    def signs_of_life(self) -> Iterator[float]:
        """The seconds to wait before it is asked on, as long as the server runs.

        It also lets signal handlers run: a signal that comes between Python's last
        look and the system call that waits is seen when that call returns.
        """
        alive = self.runner.watchdog.attach()
        try:
            while self.running:
                alive()
                yield self.runner.watchdog.turn
        finally:
            self.runner.watchdog.detach(alive)

    # --- its end, asked for by a signal ------------------------------------------

    def drain(self) -> None:
        """Begin to stop."""
        self.stop = True
        self.wake()
        self._end_within(self.runner.drain_timeout + GRACE)

    def cut(self) -> None:
        """Stop without finishing."""
        self.stop = self._cut = True
        self.wake()
        self._end_within(GRACE)

    def _end_within(self, seconds: float) -> None:
        """A view that waits without telling the loop would keep it from ever ending."""
        watch(lambda: self._drained, seconds, self.runner.end_hanging)

    def finishing(self) -> Iterator[float]:
        """Drain; yields the seconds to wait before it is asked on."""
        self.runner.stopping(self.requests)
        self.stop_accepting()
        for listener in self.listeners:
            listener.close()
        yield 0.0  # Connections that were just taken begin.
        handed = [not self.takes_queue(index) for index in range(len(self.listeners))]
        drain = Drain(
            started=time.monotonic(),
            timeout=self.runner.drain_timeout,
            grace=HANDED_OVER_GRACE if any(handed) else OWN_GRACE,
        )
        while True:
            step = drain.next_step(time.monotonic(), pending=self.pending, cut=self._cut)
            if step is Step.DONE:
                self._drained = True
                return
            if step is Step.CUT:
                self._say_cut()
                self._drained = True
                self.cut_off(list(self.open))
                return
            if step is Step.CLOSE_IDLE:
                say_farewells()
                idle = [each for each in self.open if each.websocket or not each.busy]
                self.close_idle(idle)
            yield drain.wait(time.monotonic())

    def _say_cut(self) -> None:
        if left := self.requests:
            why = (
                "a second signal" if self._cut else f"the limit of {self.runner.drain_timeout:g} s"
            )
            tell(f"{why} cuts off {count(left, 'request')}")

    @property
    def open(self) -> Collection[Any]:
        """The open connections: `Connection` objects."""
        return self.connections

    @property
    def requests(self) -> int:
        """How many requests run, websockets apart."""
        return sum(each.busy and not each.websocket for each in self.open)

    @property
    def pending(self) -> int:
        """What a stop waits for."""
        return len(self.open)

    # --- what a library has to tell ----------------------------------------------

    def wake(self) -> None:
        """Make the loop look at `stop`; called in a signal handler."""
        raise NotImplementedError

    def stop_accepting(self) -> None:
        """Take what is queued, where it is ours, and close the copies of the listening sockets."""
        raise NotImplementedError

    def close_idle(self, idle: Sequence[Any]) -> None:
        """Close connections on which nothing happens."""
        raise NotImplementedError

    def cut_off(self, left: Sequence[Any]) -> None:
        """End what is left."""
        raise NotImplementedError


def shut(connection: socket.socket) -> None:
    """End a connection's both directions, whoever reads from it."""
    with contextlib.suppress(OSError, AttributeError):
        connection.shutdown(socket.SHUT_RDWR)


def asks_for_websocket(upgrade: str | None) -> bool:
    """Whether a request's Upgrade header asks for one: RFC 6455, 4.2.1."""
    return (upgrade or "").strip().lower() == "websocket"


def version(module: str) -> str:
    """A library that is imported, and its version, for the ready line."""
    found = sys.modules.get(module)
    number = getattr(found, "__version__", None) or getattr(found, "version", "")
    return f"{module} {number}".strip()


def has_ipv6() -> bool:
    """Whether this machine has IPv6: it may be compiled in and switched off."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
