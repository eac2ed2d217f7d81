"""What the service manager is told, and its watchdog: sd_notify(3), sd_watchdog_enabled(3).

The whole protocol is one datagram of ``NAME=value`` lines to a unix socket.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

READY = "READY=1"
STOPPING = "STOPPING=1"
RELOADING = "RELOADING=1"
_ALIVE = "WATCHDOG=1"
_PARTS = 3
"""How many signs of life fit into the interval: one that comes late is no death."""
_MICROSECONDS = 1_000_000
_PATIENCE = 5.0
"""Seconds; a full queue holds some ten messages (net.unix.max_dgram_qlen)."""


def notify(*lines: str, patience: float = _PATIENCE) -> bool:
    """Send lines to the socket that NOTIFY_SOCKET names.

    The variable stays for the script, which may tell the manager things of its
    own, as it can under python. What children say is dropped by systemd under the
    ``NotifyAccess=main`` that Type=notify implies: systemd.service(5).

    Args:
        lines: ``NAME=value`` each.
        patience: seconds to wait for a manager that has no room for the message.

    Returns:
        Whether there was such a socket and it took the message. A service manager
        that has gone away is no reason to stop serving.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in {"/", "@"}:
        return False
    if address.startswith("@"):
        # An abstract name starts with a null byte: unix(7).
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.settimeout(patience)
        try:
            sender.connect(address)
            sender.sendall("\n".join(lines).encode(errors="surrogateescape"))
        except OSError:
            return False
    return True


def status_line(text: str) -> str:
    """One line for people, which ``systemctl status`` shows."""
    return "STATUS=" + " ".join(text.split())


def ready(text: str) -> bool:
    """The start, or a reload, is complete.

    Args:
        text: what is served where, for ``systemctl status``.
    """
    return notify(READY, status_line(text))


def reloading() -> bool:
    """A reload begins; `ready` must follow, when it has succeeded as when it has not.

    The time lets Type=notify-reload tell this message from an older one:
    systemd.service(5), sd_notify(3).
    """
    now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    return notify(RELOADING, f"MONOTONIC_USEC={now}")


def stopping(text: str, at_most: float | None = None) -> bool:
    """A stop begins.

    Args:
        text: what is left to do, for ``systemctl status``.
        at_most: seconds that the operator gave the stop. systemd's own
            TimeoutStopSec= is extended to that if it is shorter, and never
            shortened. A *start* is not extended: that this process still breathes
            does not show that a script which loads for minutes will ever serve,
            and TimeoutStartSec= is the operator's limit for exactly that.
    """
    extend = [] if at_most is None else [f"EXTEND_TIMEOUT_USEC={int(at_most * _MICROSECONDS)}"]
    return notify(STOPPING, status_line(text), *extend)


class Watchdog:
    """Tells the service manager that every server's loop still turns: WatchdogSec= of a unit.

    The manager ends a process from which no sign of life comes. Each loop calls
    the function that `attach` gave it at least every `turn` seconds::

        alive = watchdog.attach()
        try:
            while serving:
                one_turn(at_most=watchdog.turn)
                alive()
        finally:
            watchdog.detach(alive)

    A sign of life is sent when *all* loops that are attached have turned since the
    last one, so that one that hangs is not covered by another. All methods may be
    called from any thread.

    Args:
        interval: seconds between two signs of life; None, nobody waits for them, and
            nothing is sent.

    Attributes:
        turn: seconds that one turn of a loop may last; at most 1.
    """

    def __init__(self, interval: float | None = None) -> None:
        self.interval = interval
        self.turn = 1.0 if interval is None else min(1.0, interval)
        self._lock = threading.Lock()
        self._turned: dict[Callable[[], None], bool] = {}
        self._next = 0.0
        if interval is not None:
            os.register_at_fork(after_in_child=self._forget)

    @classmethod
    def from_environment(cls, environ: MutableMapping[str, str]) -> Watchdog:
        """The one that WATCHDOG_USEC and WATCHDOG_PID ask for: sd_watchdog_enabled(3).

        Both variables are taken away: no child, and no other library in this
        process, is to give signs of life in place of the server's loop.
        """
        interval = environ.pop("WATCHDOG_USEC", "")
        pid = environ.pop("WATCHDOG_PID", "") or str(os.getpid())
        if not interval.isdigit() or int(interval) == 0 or pid != str(os.getpid()):
            return cls()
        return cls(int(interval) / _MICROSECONDS / _PARTS)

    def attach(self) -> Callable[[], None]:
        """A loop begins; returns what it calls after each turn."""

        def alive() -> None:
            if self.interval is not None:
                self._alive(alive)

        with self._lock:
            self._turned[alive] = False
        return alive

    def detach(self, alive: Callable[[], None]) -> None:
        """A loop has ended: nothing is expected of it any more."""
        with self._lock:
            self._turned.pop(alive, None)

    def _alive(self, which: Callable[[], None]) -> None:
        now = time.monotonic()
        with self._lock:
            if which not in self._turned:
                return
            self._turned[which] = True
            if now < self._next or not all(self._turned.values()):
                return
            self._turned = dict.fromkeys(self._turned, False)
            self._next = now + (self.interval or 0.0)
        # In the loop, and another one follows: a manager that hangs must not hang the server.
        notify(_ALIVE, patience=0)

    def _forget(self) -> None:
        """A child that the script forked has none of these loops, and perhaps a held lock."""
        self._lock = threading.Lock()
        self._turned = {}
