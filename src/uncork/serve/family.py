"""This process and the children that its script forks, any of which may run the app.

A child has copies of everything and can share nothing but a file. It is one that
only these processes have (memfd_create(2)): a byte each says that one of them
serves and that the first one was asked to stop, and a record lock on it
(fcntl(2)), which is not inherited and ends with its holder, says who has the options.

A signal can't say that the parent stops: systemd and a terminal send theirs to the
children as well, and a second one would cut requests off.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from time import sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SERVES, _STOPS = 0, 1
"""Where in the file."""
_STEP = 0.05


class Family:
    """What the processes of one script know of each other.

    Attributes:
        file: the number of the file that they share.

    Args:
        file: the same in a child that is no fork, which was handed it.
    """

    def __init__(self, file: int | None = None) -> None:
        self.taken = False
        self._is_child = file is not None
        self._told = False
        self._echoed = False
        self._watching = False
        self.file = os.memfd_create("uncork") if file is None else file
        self._inode = os.fstat(self.file).st_ino
        os.ftruncate(self.file, 2)
        self._lock = threading.Lock()
        os.register_at_fork(after_in_child=self._forked)

    def _forked(self) -> None:
        self._lock = threading.Lock()  # Another thread may have held it.
        self._is_child = True
        self._told = self._echoed = self._watching = False

    # --- the options, which one server at a time has ------------------------

    def take(self) -> bool:
        """Whether the options are this caller's now, until it gives them back."""
        with self._lock:
            if self.taken or not self._locked(fcntl.LOCK_EX | fcntl.LOCK_NB):
                return False
            self.taken = True
            return True

    def give_back(self) -> None:
        """The server that had them has stopped, or never began."""
        with self._lock:
            self.taken = False
            self._locked(fcntl.LOCK_UN)

    def _locked(self, operation: int) -> bool:
        try:
            if self._is_there():
                fcntl.lockf(self.file, operation)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    # --- what one says and the others hear -----------------------------------

    @property
    def serves(self) -> bool:
        """Whether one of them has served."""
        return self._said(_SERVES)

    def say_serving(self) -> None:
        """This process runs the app."""
        self._say(_SERVES)

    def say_stopping(self) -> None:
        """The first process was asked to stop. Called from a signal handler."""
        if not self._is_child:
            self._say(_STOPS)

    @property
    def is_left(self) -> bool:
        """Whether this is a child, and the process that it belongs to was asked to stop."""
        return self._is_child and self._said(_STOPS)

    def is_told_to_stop(self) -> bool:
        """The same, but once only: for a loop that asks in every turn."""
        if self._told or not self._is_child:
            return False
        self._told = self._said(_STOPS)
        return self._told

    def is_echo(self) -> bool:
        """Whether a second SIGTERM is the parent's: multiprocessing ends its daemons with one.

        systemd has sent the first to all processes of the service, as a terminal's
        group may. Once only: whoever sends a third means it. Called from a signal handler.
        """
        if self._echoed or not self.is_left:
            return False
        self._echoed = True
        return True

    def when_served(self, call: Callable[[], object]) -> None:
        """Call something in a thread when a child serves; the service manager hears only us.

        Args:
            call: after that, as long as this process itself does not serve.
        """
        if self._watching or self._is_child or self.serves:
            return
        self._watching = True

        def watch() -> None:
            while not self.serves:
                sleep(_STEP)
            if not self.taken:
                call()

        threading.Thread(target=watch, name="uncork-children", daemon=True).start()

    def _say(self, what: int) -> None:
        with contextlib.suppress(OSError):
            if self._is_there():
                os.pwrite(self.file, b"\1", what)

    def _said(self, what: int) -> bool:
        with contextlib.suppress(OSError):
            return self._is_there() and os.pread(self.file, 1, what) == b"\1"
        return False

    def _is_there(self) -> bool:
        """A script that turns itself into a daemon closes every file, and may open others."""
        return os.fstat(self.file).st_ino == self._inode
