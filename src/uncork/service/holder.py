"""Which program has a port, as /proc tells it (proc(5): /proc/net/tcp, /proc/PID/fd)."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_LISTEN = "0A"
"""TCP_LISTEN in /proc/net/tcp (include/net/tcp_states.h)."""


def holder_of(port: int) -> str:
    """The program that listens on a port, with its process number; '' if it can't be seen."""
    inodes = {f"socket:[{inode}]" for inode in _listening(port)}
    for process in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        with contextlib.suppress(OSError):
            if any(os.readlink(handle) in inodes for handle in (process / "fd").iterdir()):  # noqa: PTH115 - a socket is no path
                words = (process / "cmdline").read_bytes().split(b"\0")
                command = b" ".join(words).decode(errors="replace").strip()
                return f"{command or 'a process'} (process {process.name})"
    return ""


def _listening(port: int) -> list[str]:
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                    found.append(fields[9])
    return found
