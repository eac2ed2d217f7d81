"""One line for each request: for people, or as JSON.

What a client sends is written so that it can neither end a line nor move a
terminal's cursor. Query strings are kept, as servers do: what must not stand in a
log must not stand in a URL.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections import deque
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from uncork.serve.logs import WARNING, is_journal, priority
from uncork.serve.options import ACCESS_JSON, ACCESS_OFF

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENT = "uncork.client"
"""Where in a request's environ the client's address stands, if a trusted proxy tells it."""
_DATE = "%Y-%m-%d %H:%M:%S"
_SERVER_ERROR = 500


class AccessLog:
    """Writes a line for each request that waitress has answered.

    Called with a task and the seconds that it took, in the thread that ran it. The
    line is written by `flush`, so that a busy server can write many at once.

    A script that silences werkzeug's logger, or filters its lines, does so with
    these, unless the operator has asked for them.

    Args:
        form: of `uncork.serve.options.ACCESS_LOGS`; None, the operator does not say.
    """

    def __init__(self, form: str | None = None) -> None:
        self._asked = form is not None
        self._off = form == ACCESS_OFF
        self._lines: deque[str] = deque()
        self._werkzeug = logging.getLogger("werkzeug")
        self._write: Callable[[Any, float], str] = _json if form == ACCESS_JSON else _text
        self._journal = is_journal()
        self._dated = form != ACCESS_JSON and not self._journal
        self._date = (0, "")

    def __call__(self, task: Any, seconds: float) -> None:
        """Note a request."""
        if self._off or not (self._asked or self._shown(task)):
            return
        line = self._write(task, seconds)
        if self._dated:
            line = f"{self._now()} {line}"
        elif self._journal and _status(task) >= _SERVER_ERROR:
            line = priority(WARNING) + line
        self._lines.append(line + "\n")

    @property
    def pending(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._lines)

    def flush(self) -> None:
        """Write what is there; nobody may be reading any more. From any thread."""
        lines: list[str] = []
        with contextlib.suppress(IndexError):
            while True:
                lines.append(self._lines.popleft())
        if lines:
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.write("".join(lines))
                sys.stderr.flush()

    def _shown(self, task: Any) -> bool:
        """Whether werkzeug's logger would show its line: scripts set its level and filters."""
        logger = self._werkzeug
        if logger.disabled or logger.level > logging.INFO or logger.manager.disable >= logging.INFO:
            return False
        return not logger.filters or _passes(logger, task)

    def _now(self) -> str:
        second = int(time.time())
        if second != self._date[0]:
            self._date = (second, time.strftime(_DATE, time.localtime(second)))
        return self._date[1]


def _passes(logger: logging.Logger, task: Any) -> bool:
    """What a script's filter says to werkzeug's own line: serving.py, log_request and _log."""
    date = time.strftime("%d/%b/%Y %H:%M:%S")
    message = f'{_remote(task)} - - [{date}] "%s" %s %s'
    arguments = (_request_line(task), str(_status(task)), "-")
    record = logger.makeRecord(logger.name, logging.INFO, "", 0, message, arguments, None)
    try:
        return bool(logger.filter(record))
    except Exception:  # noqa: BLE001 - the script's own; a request's line is no place to fail
        return True


def _text(task: Any, seconds: float) -> str:
    return (
        f'{_remote(task)} "{_request_line(task)}" {_status(task)} {_size(task)} '
        f"{seconds * 1000:.0f}ms"
    )


def _json(task: Any, seconds: float) -> str:
    """One object; every key is always there."""
    import json  # noqa: PLC0415 - few ask for it

    request = _request(task)
    headers = getattr(request, "headers", {})
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    return json.dumps(
        {
            "time": now.replace("+00:00", "Z"),
            "remote": _remote(task),
            "method": getattr(request, "command", None),
            "path": getattr(request, "request_uri", None),
            "protocol": f"HTTP/{request.version}",
            "status": _status(task),
            "size": _size(task),
            "duration_ms": round(seconds * 1000, 1),
            "user_agent": headers.get("USER_AGENT"),
            "referer": headers.get("REFERER"),
            "request_id": headers.get("X_REQUEST_ID"),
        }
    )


def _request(task: Any) -> Any:
    """The request as it was parsed.

    For an app that raised, waitress makes another one that has no method and no
    path (channel.py 446-459), while the first is still at the head of its queue.
    """
    if not hasattr(task.request, "command") and task.channel.requests:
        return task.channel.requests[0]
    return task.request


def _remote(task: Any) -> str:
    environ = getattr(task, "environ", None) or {}
    return str(environ.get(CLIENT) or task.channel.addr[0])


def _request_line(task: Any) -> str:
    request = _request(task)
    method = getattr(request, "command", "-")
    uri = getattr(request, "request_uri", "-")
    # repr() keeps control characters, which a client may send, out of the log.
    return repr(f"{method} {uri} HTTP/{request.version}")[1:-1]


def _status(task: Any) -> int:
    code = task.status.partition(" ")[0]
    return int(code) if code.isdigit() else 0


def _size(task: Any) -> int:
    # A file that the app hands over is sent by the loop, which does not count.
    counted: int = task.content_bytes_written
    if counted or getattr(task.request, "command", "") == "HEAD":
        return counted
    return task.content_length or 0
