"""A script that serves by itself, past every seam: noticed, said and ended.

Left alone it would answer, look served, and lose its requests at the next stop.
But a socket that listens proves nothing: metrics exporters, log-ins that wait for a
callback, debuggers and pairing devices listen as well, and then the script runs its
app. So this errs towards silence. It fires when all of these hold for a while:

- the main thread has bound a TCP socket through a library (the audit event
  ``socket.bind``, https://docs.python.org/3/library/audit_events.html), and it listens;
- no run call has been reached;
- the main thread has not left one and the same line of the user's, and below that
  line stands a loop that is there to serve (`_LOOPS`), or the library that has bound
  the socket, waiting;
- for longer where a loop may end, or another thread may yet run the app.

The thread that watches is started by the first such bind, so that scripts without one
have none: forking warns of threads since Python 3.12. docs/decisions/0011 has what
was tried.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from _thread import start_new_thread
from dataclasses import dataclass
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from uncork.errors import DeclinedError, Place
from uncork.serve.logs import tell
from uncork.serve.native import get_ident, in_main_thread, main_frame, main_ident
from uncork.serve.place import is_own, place_above, short, stands_in_library, users_frame

if TYPE_CHECKING:
    from types import FrameType

    from uncork.serve.runner import Runner

_STEP = 0.25
"""Seconds between two looks at the main thread."""
_SOON = 2.0
_LATER = 4.0
_MUCH_LATER = 60.0
"""Seconds; less than systemd gives a start (DefaultTimeoutStartSec=, 90)."""
_STUCK = 3.0
"""Seconds that the main thread gets to leave the line it is in, once it was told to."""

_LOOPS = {
    ("socketserver", "serve_forever"): _SOON,
    ("twisted.internet.base", "mainLoop"): _SOON,
    ("asyncio.base_events", "run_forever"): _MUCH_LATER,
}
"""Functions that serve until they are stopped. An asyncio loop may do other things first."""
_WAITS = {"selectors", "socket", "threading"}
"""Where a library waits, when it does so in none of its own functions."""
_NOT_SERVERS = {
    "debugpy",
    "manhole",
    "multiprocessing",
    "ptvsd",
    "pydevd",
    "remote_pdb",
    "rpdb",
    "web_pdb",
}
"""Debuggers wait for their developer; multiprocessing's listeners are for the script's own
processes."""


@dataclass(frozen=True)
class _Bound:
    """A socket that the main thread has bound: by number and inode, so as not to keep it alive."""

    fd: int
    inode: int
    library: str
    place: Place

    def address(self) -> str:
        """Where it listens; empty, it does not, or is another file by now."""
        with contextlib.suppress(OSError):
            if os.fstat(self.fd).st_ino != self.inode:
                return ""
            with socket.socket(fileno=os.dup(self.fd)) as found:
                if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    host, port = found.getsockname()[:2]
                    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return ""


class Tripwire:
    """Watches one process, until a run call is reached.

    Args:
        runner: knows of run calls, and ends the process.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._pid = os.getpid()
        self._bound: tuple[_Bound, ...] = ()
        self._watching = False

    def install(self) -> None:
        """Begin to listen to audit events; there is no way to stop, only to ignore them."""
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        # Called some dozen times for each request: the common way out comes first.
        if event == "socket.bind":
            # What an audit hook raises would come out of the script's own call.
            with contextlib.suppress(Exception):
                self._remember(arguments[0])
        elif event == "os.exec":
            with contextlib.suppress(Exception):
                self._tell_replaced(os.fsdecode(arguments[0]))

    def _remember(self, bound: Any) -> None:
        if not self._awake() or not in_main_thread():
            return
        if bound.family not in {socket.AF_INET, socket.AF_INET6}:
            return
        if not bound.type & socket.SOCK_STREAM:
            return
        frame, library = _users_call(sys._getframe(2))  # noqa: SLF001 - what called bind
        if frame is None or library is None or library in _NOT_SERVERS:
            return
        place = Place(short(frame.f_code.co_filename), frame.f_lineno)
        fd = bound.fileno()
        self._bound = (*self._bound, _Bound(fd, os.fstat(fd).st_ino, library, place))
        if not self._watching:
            self._watching = True
            # Greenlets that pass for threads would stand still while the main thread serves.
            start_new_thread(_Watch(self).run, ())

    def _awake(self) -> bool:
        """Whether there is something to find out: not in a child, not once the app is served."""
        runner = self._runner
        over = runner.has_served or runner.failure is not None or runner.is_stopping
        return not over and os.getpid() == self._pid

    def _tell_replaced(self, program: str) -> None:
        """A script that restarts itself by os.execv starts python, which no one told of uncork."""
        caller = sys._getframe(2)  # noqa: SLF001
        place = None if is_own(caller.f_code.co_filename) else place_above(caller)
        if place is not None and os.getpid() == self._pid:
            tell(f"{place}: the script replaces itself with {program}; uncork does not serve that")

    def listening(self) -> list[tuple[_Bound, str]]:
        """What the main thread has bound and listens now, and where."""
        return [(each, address) for each in self._bound if (address := each.address())]

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to watch."""
        return not self._awake()

    def fire(self, bound: _Bound, address: str, place: Place) -> None:
        """End the process: the main thread gets SystemExit, so that its clean-up runs."""
        with contextlib.suppress(SystemExit):  # This thread's; the main thread has its own.
            self._runner.fail(
                DeclinedError(
                    f"the script listens by itself at {address}, through {bound.library}, "
                    "which uncork does not serve",
                    hint="run the app with app.run(), or with waitress.serve(app)",
                    place=place,
                )
            )


class _Watch:
    """What the thread does that watches the main thread."""

    def __init__(self, tripwire: Tripwire) -> None:
        self._tripwire = tripwire
        self._line: tuple[int, int] = (0, 0)
        self._since = monotonic()

    def run(self) -> None:
        """Look from time to time, until there is nothing to watch or it has fired."""
        while not self._tripwire.is_over:
            if self._look():
                self._see_to_the_end()
                return
            sleep(_STEP)

    def _look(self) -> bool:
        """One look; returns whether it has fired."""
        main = main_frame()
        users, library = _users_call(main)
        if self._moved(users) or main is None or users is None or library is None:
            return False
        patience = _patience(main, library)
        if patience is None or monotonic() - self._since < (_MUCH_LATER if _others() else patience):
            return False
        for bound, address in self._tripwire.listening():
            if _same(library, bound.library):
                place = Place(short(users.f_code.co_filename), users.f_lineno)
                self._tripwire.fire(bound, address, place)
                return True
        return False

    def _moved(self, users: FrameType | None) -> bool:
        """Whether the main thread has left the line that it was in."""
        line = (id(users), users.f_lasti if users is not None else -1)
        if line == self._line:
            return False
        self._line, self._since = line, monotonic()
        return True

    def _see_to_the_end(self) -> None:
        """A loop in C, or a bare ``except`` in a loop, does not end for an exception.

        A main thread that has gone on from the line cleans up, and takes its time.
        """
        deadline = monotonic() + _STUCK
        while monotonic() < deadline:
            if self._moved(users_frame(main_frame())):
                return
            sleep(_STEP)
        _leave()


def _same(library: str, other: str) -> bool:
    """Whether two libraries go together: one calls the other, if both are python's own.

    An asyncio loop serves what any library has bound.
    """
    return library in {other, "asyncio"} or {library, other} <= sys.stdlib_module_names


def _leave() -> None:
    """The last resort."""
    tell("the script did not end by itself")
    sys.stdout.flush()
    os._exit(DeclinedError.status)


def _users_call(frame: FrameType | None) -> tuple[FrameType | None, str | None]:
    """The user's line that a frame stands below, and the library that it has called.

    Returns:
        No frame, if none is the user's or uncork stands between; no library, if it
        is the user's own line that calls.
    """
    called = None
    while frame is not None:
        name = frame.f_code.co_filename
        if is_own(name):
            return None, None
        if not stands_in_library(name):
            return frame, None if called is None else _library(called)
        called, frame = frame, frame.f_back
    return None, None


def _library(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _patience(frame: FrameType, library: str | None) -> float | None:
    """Seconds after which a main thread that stays there serves; None, it does something else."""
    innermost = _library(frame)
    below: FrameType | None = frame
    while below is not None and stands_in_library(below.f_code.co_filename):
        key = (str(below.f_globals.get("__name__", "")), below.f_code.co_name)
        if key in _LOOPS:
            return _LOOPS[key]
        below = below.f_back
    if library in sys.stdlib_module_names:
        return None
    return _LATER if innermost in _WAITS | {library} else None


def _others() -> bool:
    """Whether there are other threads than the main one and this; they may yet run the app."""
    running = sys._current_frames().keys()  # noqa: SLF001 - documented, for debugging
    return bool(running - {main_ident(), get_ident()})
