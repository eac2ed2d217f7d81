"""What the operator reads on stderr of uncork's own: its lines, and their levels.

The app's own logging is left as the script sets it up: a handler of ours on the
root logger would turn the script's ``basicConfig`` into a no-op.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uncork.errors import UncorkError

_STDERR = 2
_QUEUE_INTERVAL = 60.0
"""Seconds between two lines about a growing queue; waitress writes one for each request."""
ERROR, WARNING, INFO = 3, 4, 6
"""Levels of syslog: sd-daemon(3)."""


def unbuffer() -> None:
    """Make every line of the script reach a pipe or the journal when it is written.

    Python buffers stdout by blocks when it is no terminal, so that a server's
    ``print`` would show up hours later. A stream that was replaced is left alone.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)


def tell(line: str, level: int = INFO) -> None:
    """Say one line to the operator, under uncork's name; nobody may be listening any more.

    Args:
        line: without its end.
        level: for the journal: ``journalctl -p warning`` shows what needs somebody.
    """
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{priority(level)}uncork: {line}\n")
        sys.stderr.flush()


def warn(line: str) -> None:
    """Say what the operator should look into."""
    tell(line, WARNING)


def say(error: UncorkError) -> None:
    """Show an error as every command does."""
    from uncork.render.text import error_text  # noqa: PLC0415 - only where something fails

    before = priority(ERROR)
    sys.stderr.write("".join(f"{before}{line}\n" for line in error_text(error).splitlines()))
    sys.stderr.flush()


def priority(level: int) -> str:
    """What stands before a line of a level: nothing, unless the journal reads it.

    The journal takes ``<4>`` off (SyslogLevelPrefix= in systemd.exec(5)), and
    counts lines without it as INFO.
    """
    return f"<{level}>" if level != INFO and is_journal() else ""


def is_journal() -> bool:
    """Whether stderr is the journal, which dates lines: JOURNAL_STREAM in systemd.exec(5)."""
    try:
        # By number: a script may put any object with a write() into sys.stderr.
        status = os.fstat(_STDERR)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def keep_queue_line_rare() -> None:
    """Let waitress's own line about its queue through only once a minute."""
    logger = logging.getLogger("waitress.queue")
    if not any(isinstance(each, _Seldom) for each in logger.filters):
        logger.addFilter(_Seldom())


class _Seldom(logging.Filter):
    """Lets one record through in each interval."""

    _next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + _QUEUE_INTERVAL
        return True
