"""How a run is told what to do and says what it did: through unnamed files, not pipes.

A file holds what was written before a process was ended, it can't fill up, and what is
written to it from inside a namespace is read outside.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

OUTPUT_BYTES = 1 << 26


@dataclass(frozen=True)
class Run:
    """What one run left behind.

    Args:
        records: the probe's lines, in their order.
        stdout: everything that was written to standard output.
        stderr: everything that was written to standard error.
        written: created, changed or removed files by path: digest or ``removed``.
        code: the process's exit status; negative, the signal that ended it.
        late: whether it was ended because its time was over.
        unreached: connections that isolation kept from arriving.
    """

    records: tuple[Mapping[str, Any], ...]
    stdout: bytes
    stderr: bytes
    written: Mapping[str, str]
    code: int
    late: bool
    unreached: int = 0


_live: set[subprocess.Popen[bytes]] = set()


def end_all() -> None:
    """End every run that is under way, when the user interrupts a verification."""
    for process in tuple(_live):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


class Channel:
    """The unnamed files through which a run is told what to do and says what it did."""

    def __init__(self, stack: contextlib.ExitStack, rename: tuple[str, str] | None = None) -> None:
        self._stack = stack
        self._rename = rename
        self._open: list[IO[bytes]] = []
        self.records = self.add(None)
        self.stdout = self.add(None)
        self.stderr = self.add(None)

    def add(self, content: Mapping[str, Any] | None) -> IO[bytes]:
        """A file, appended to by all who write, that holds some JSON."""
        file = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack is one
        descriptor = file.fileno()
        if content is not None:
            file.write(json.dumps(content).encode())
            file.flush()
        fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_APPEND)
        self._open.append(file)
        return file

    def run(
        self,
        command: list[str],
        *,
        seconds: float,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        user: tuple[int, int, Sequence[int]] | None = None,
    ) -> int | None:
        """Run to the end; None if its time was over. Its whole process group is ended.

        Args:
            command: what to run.
            seconds: its time.
            folder: where to run it.
            environment: its environment; None, ours.
            user: user, group and other groups to run it as; None, ours.
        """
        uid, gid, groups = user or (None, None, None)
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self.stdout,
            stderr=self.stderr,
            pass_fds=[file.fileno() for file in self._open],
            cwd=folder,
            env=environment,
            user=uid,
            group=gid,
            extra_groups=groups,
            start_new_session=True,
        )
        _live.add(process)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            _live.discard(process)

    def outcome(
        self, written: Mapping[str, str], code: int, *, late: bool, unreached: int = 0
    ) -> Run:
        """Everything that the run left behind."""
        lines = self._renamed(read(self.records)).splitlines()
        records = tuple(json.loads(line) for line in _whole(lines))
        stdout, stderr = self._renamed(read(self.stdout)), self._renamed(read(self.stderr))
        return Run(records, stdout, stderr, written, code, late, unreached)

    def _renamed(self, content: bytes) -> bytes:
        if self._rename is None:
            return content
        old, new = self._rename
        return content.replace(old.encode(), new.encode())


def _whole(lines: list[bytes]) -> Iterator[bytes]:
    """All lines but a last one that was cut off when the process was ended."""
    return (line for line in lines if line.endswith(b"}"))


def read(file: IO[bytes]) -> bytes:
    """Everything in a file, wherever its offset is, up to a limit."""
    size = os.fstat(file.fileno()).st_size
    return os.pread(file.fileno(), min(size, OUTPUT_BYTES), 0)


def last_line(content: bytes) -> str:
    """The last line of some output; empty, there is none."""
    lines = content.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
