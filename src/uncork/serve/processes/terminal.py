"""SIGHUP means "read your settings again" to a daemon, and "your terminal is gone" to a program."""

from __future__ import annotations

import os


class Terminal:
    """The terminal that the process was started from, if it was started from one."""

    def __init__(self) -> None:
        self._files = [number for number in (0, 1, 2) if os.isatty(number)]

    @property
    def hung_up(self) -> bool:
        """Whether it has been closed since: its files are no terminals any more (EIO)."""
        return bool(self._files) and not any(os.isatty(number) for number in self._files)
