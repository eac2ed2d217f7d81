"""What a service is called, and where its files stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from uncork.errors import UsageError

UNIT_FOLDER = PurePosixPath("/etc/systemd/system")
"""Where an administrator's own units belong (systemd.unit(5)); /etc/systemd/user is for others."""
SETTINGS_FOLDER = PurePosixPath("/etc/uncork")
STATE_FOLDER = PurePosixPath("/var/lib/uncork")
MARK = "# Written by uncork"
"""How the first line of each file of ours begins."""

_LONGEST = 64
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_SUFFIXES = (".service", ".socket")


@dataclass(frozen=True)
class Names:
    """The units and files of one service.

    Args:
        name: what the user calls it; `service_name` has checked it.
    """

    name: str

    @property
    def service(self) -> str:
        """The service unit."""
        return f"{self.name}.service"

    @property
    def socket(self) -> str:
        """The socket unit."""
        return f"{self.name}.socket"

    @property
    def service_file(self) -> PurePosixPath:
        """The service unit's file."""
        return UNIT_FOLDER / self.service

    @property
    def socket_file(self) -> PurePosixPath:
        """The socket unit's file."""
        return UNIT_FOLDER / self.socket

    @property
    def settings_file(self) -> PurePosixPath:
        """The environment file, which only root can read."""
        return SETTINGS_FOLDER / f"{self.name}.env"

    @property
    def state_folder(self) -> PurePosixPath:
        """What uncork remembers of it."""
        return STATE_FOLDER / self.name

    @property
    def record_file(self) -> PurePosixPath:
        """What is installed, for everyone to read."""
        return self.state_folder / "record.json"

    @property
    def journal_file(self) -> PurePosixPath:
        """What stood before a change that has begun; gone when it has ended."""
        return self.state_folder / "journal.json"

    @property
    def previous_file(self) -> PurePosixPath:
        """What stood before the last change, for ``rollback``."""
        return self.state_folder / "previous.json"


def service_name(given: str) -> Names:
    """The names of a service that a user named; ``greeter`` and ``greeter.service`` are the same.

    Raises:
        UsageError: systemd would not take it, or read something else into it.
    """
    name = given
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise UsageError(
            f"{given!r} can't be a service's name",
            hint="use letters, digits, and . _ - between them, such as --name greeter",
        )
    return Names(name)


def name_from_folder(folder: str) -> Names:
    """The name for an app that was given none: its folder's, with what units can't hold left out.

    Raises:
        UsageError: nothing is left of it.
    """
    kept = re.sub(r"[^a-z0-9_.-]+", "-", PurePosixPath(folder).name.lower()).strip("-._")
    if not kept:
        raise UsageError(f"no service name can be made of {folder}", hint="say --name NAME")
    return service_name(kept[:_LONGEST])
