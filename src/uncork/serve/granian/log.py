"""What granian writes, in the form of what uncork writes: on stderr, dated as its access log."""

from __future__ import annotations

import logging
from typing import Any

from uncork.serve.logs import is_journal

ACCESS_FORMAT = '%(addr)s "%(method)s %(path)s %(protocol)s" %(status)d - %(dt_ms).0fms'
"""The size is not told: granian does not count it. Its fields are those of its log.py 150."""


class Escaped(logging.Formatter):
    """Keeps control characters, which a client may send in a path, out of the log."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return repr(super().format(record))[1:-1]


def log_settings() -> dict[str, Any]:
    """The lines of granian itself and its access log, on stderr as uncork's are."""
    dated = "" if is_journal() else "%(asctime)s "
    stream = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
    return {
        "formatters": {
            "generic": {"format": "uncork: granian: %(message)s"},
            "access": {
                "()": Escaped,
                "fmt": f"{dated}%(message)s",
                "datefmt": "%Y-%m-%d %H:%M:%S",
            },
        },
        "handlers": {
            "console": {**stream, "formatter": "generic"},
            "access": {**stream, "formatter": "access"},
        },
        "loggers": {
            "_granian": {"handlers": ["console"], "propagate": False},
            "granian.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
        },
    }
