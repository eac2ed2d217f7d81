"""What workers and master tell each other: a pipe upwards, a page of shared memory downwards.

Both are made before the first fork. Nothing of it is a file that anybody sees.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
from dataclasses import dataclass

READY = "ready"
"""The worker's server listens and accepts; the text says how, such as ``8 threads``."""
CLOSED = "closed"
"""The worker accepts no more, and drains."""

_ENDING, _SPOKEN, _ASKED = 0, 1, 2
"""What the bytes of the shared page mean; from the last on, one for each worker."""
_PAGE = mmap.PAGESIZE
_MOST = 65536
_CLOSE_ON_EXEC_AND_NOT_BLOCKING = os.O_CLOEXEC | os.O_NONBLOCK


@dataclass(frozen=True)
class Report:
    """What a worker says.

    Args:
        pid: the worker's.
        word: `READY` or `CLOSED`.
        text: more about it.
    """

    pid: int
    word: str
    text: str


class Reports:
    """The pipe and the page."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe2(_CLOSE_ON_EXEC_AND_NOT_BLOCKING)
        self._memory = os.memfd_create("uncork")
        os.truncate(self._memory, _PAGE)
        self._page = mmap.mmap(self._memory, _PAGE)
        self._rest = b""

    # --- in a worker --------------------------------------------------------

    def say(self, word: str, text: str = "") -> None:
        """Tell the master; a line as short as these is written whole (PIPE_BUF of pipe(7))."""
        with contextlib.suppress(OSError):
            os.write(self._write, f"{os.getpid()} {word} {text}\n".encode())

    @property
    def ending(self) -> bool:
        """Whether all workers stop, so that nobody is left to accept what the system has queued."""
        return bool(self._page[_ENDING])

    def asked(self, age: int) -> bool:
        """Whether the master itself has asked this worker to leave."""
        return bool(self._page[_slot(age)])

    def may_speak(self) -> bool:
        """Whether this is the first worker of its batch that fails; waits until that is known.

        Each would say the same. The lock lasts until the first has said it and has
        ended, so that the master, which ends the others then, cuts nobody short.
        A lock of fcntl(2) belongs to a process, not to the open file that all share.
        """
        fcntl.lockf(self._memory, fcntl.LOCK_EX)
        first = not self._page[_SPOKEN]
        self._page[_SPOKEN] = 1
        return first

    # --- in the master ------------------------------------------------------

    def fileno(self) -> int:
        """For select(2): there is something to `read`."""
        return self._read

    def read(self) -> list[Report]:
        """What workers have said since the last call."""
        with contextlib.suppress(BlockingIOError):
            self._rest += os.read(self._read, _MOST)
        *lines, self._rest = self._rest.split(b"\n")
        found = []
        for line in lines:
            pid, word, text = line.decode().split(" ", 2)
            found.append(Report(int(pid), word, text))
        return found

    def new_batch(self) -> None:
        """Workers are about to start: one of them may say why it fails."""
        self._page[_SPOKEN] = 0

    def will_ask(self, age: int) -> None:
        """The master is about to ask a worker to leave; the others go on."""
        self._page[_slot(age)] = 1

    def born(self, age: int) -> None:
        """A worker of this number is about to start: nobody has asked it to leave."""
        self._page[_slot(age)] = 0

    def end(self) -> None:
        """The master is about to ask all of them to leave."""
        self._page[_ENDING] = 1


def _slot(age: int) -> int:
    return _ASKED + age % (_PAGE - _ASKED)
