"""What can go wrong, one class a kind, each with the exit status that it ends the command with.

    UncorkError                  1   the root: catch this to catch all of them
    ├── UsageError               2   unknown option, code or file; several candidates
    ├── SourceError              3   the source can't be parsed, or no app was found
    ├── DeclinedError            4   the plan is blocked, or the target can't be served
    │   └── InvariantError       4   a plan broke a promise: nothing is written, and it is our bug
    ├── ChangedError             5   files changed since the plan, or since it was applied
    ├── SystemRefusedError       7   systemctl, permissions, ports
    ├── NotProvedError           8   verification could not run what it needed
    └── BugError                70   uncork itself is wrong

Status 6, "verification found a difference", is a result and not an error: see
`uncork.proof`. Every error is a fact, perhaps a place, and a hint that says what
to type next; `uncork.render` alone turns it into text.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitStatus(IntEnum):
    """The exit statuses of the command line; docs/reference/exit-status.md explains each."""

    DONE = 0
    PENDING = 1
    USAGE = 2
    SOURCE = 3
    DECLINED = 4
    CHANGED = 5
    DIFFERS = 6
    REFUSED = 7
    NOT_PROVED = 8
    BUG = 70  # EX_SOFTWARE of sysexits.h
    INTERRUPTED = 130  # 128 + SIGINT, as shells report it


@dataclass(frozen=True)
class Place:
    """Where something stands: a path as the user would type it and, if known, a line from 1."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


class UncorkError(Exception):
    """The root of the tree.

    Args:
        fact: what is the case, in one sentence without a full stop.
        hint: what to do or to type next.
        place: where it is the case.
    """

    status = ExitStatus.PENDING

    def __init__(self, fact: str, *, hint: str = "", place: Place | None = None) -> None:
        super().__init__(fact)
        self.fact = fact
        self.hint = hint
        self.place = place


class UsageError(UncorkError):
    """The command line names something that does not exist, or more than one thing."""

    status = ExitStatus.USAGE


class SourceError(UncorkError):
    """The source can't be parsed, or holds no Flask app."""

    status = ExitStatus.SOURCE


class DeclinedError(UncorkError):
    """uncork can't do this right, so it does not do it."""

    status = ExitStatus.DECLINED


class InvariantError(DeclinedError):
    """A plan broke one of plan.py's promises: a bug in uncork, and nothing is written."""


class ChangedError(UncorkError):
    """A file is not what it was when the plan was made or applied."""

    status = ExitStatus.CHANGED


class SystemRefusedError(UncorkError):
    """The operating system, or systemd, said no."""

    status = ExitStatus.REFUSED


class NotProvedError(UncorkError):
    """Verification could not run what it needed, so nothing is known either way."""

    status = ExitStatus.NOT_PROVED


class BugError(UncorkError):
    """Something that uncork did not expect: a mistake of its own."""

    status = ExitStatus.BUG
