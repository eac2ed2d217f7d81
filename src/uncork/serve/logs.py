"""What the operator reads on stderr: uncork's own lines, the access log, one line about the queue.

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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_STDERR = 2
_QUEUE_INTERVAL = 60.0
"""Seconds between two lines about a growing queue; waitress writes one for each request."""


def unbuffer() -> None:
    """Make every line of the script reach a pipe or the journal when it is written.

    Python buffers stdout by blocks when it is no terminal, so that a server's
    ``print`` would show up hours later. A stream that was replaced is left alone.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)


def tell(line: str) -> None:
    """Say one line to the operator, under uncork's name; nobody may be listening any more."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"uncork: {line}\n")
        sys.stderr.flush()


def access_log() -> Callable[[Any, float], None]:
    """The reporter of requests: one line each on the logger ``uncork.access``.

    A script that silences werkzeug's log, as many do, silences this one, too.
    """
    logger = logging.getLogger("uncork.access")
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s" if _journal() else _DATED, _DATE))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        _silence_as_werkzeug(logger)
        logging.getLogger("waitress.queue").addFilter(_Seldom())

    def report(task: Any, seconds: float) -> None:
        if logger.isEnabledFor(logging.INFO):
            logger.info("%s", _line(task, seconds))

    return report


_DATED = "%(asctime)s %(message)s"
_DATE = "%Y-%m-%d %H:%M:%S"


def _line(task: Any, seconds: float) -> str:
    channel, request = task.channel, task.request
    method = getattr(request, "command", "-")
    uri = getattr(request, "request_uri", "-")
    # repr() keeps control characters, which a client may send, out of the log.
    what = repr(f"{method} {uri} HTTP/{request.version}")[1:-1]
    status = task.status.partition(" ")[0]
    # A file that the app hands over is sent by the loop, which does not count.
    size = task.content_bytes_written or (task.content_length or 0) * (method != "HEAD")
    return f'{channel.addr[0]} "{what}" {status} {size} {seconds * 1000:.0f}ms'


def _silence_as_werkzeug(logger: logging.Logger) -> None:
    werkzeug = logging.getLogger("werkzeug")
    logger.disabled = werkzeug.disabled
    if werkzeug.level > logging.INFO:
        logger.setLevel(werkzeug.level)


def _journal() -> bool:
    """Whether stderr is the journal, which dates lines: JOURNAL_STREAM in systemd.exec(5)."""
    try:
        # By number: a script may put any object with a write() into sys.stderr.
        status = os.fstat(_STDERR)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


class _Seldom(logging.Filter):
    """Lets one record through in each interval."""

    _next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + _QUEUE_INTERVAL
        return True
