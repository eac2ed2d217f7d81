"""Who runs the service: the project's owner, or a user made for it; root only if it was said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from uncork.errors import DeclinedError, SystemRefusedError

if TYPE_CHECKING:
    from uncork.service.traces import Trace

HOMES = tuple(map(PurePosixPath, ("/home", "/root", "/run/user")))
"""What ProtectHome= covers (systemd.exec(5))."""


@dataclass(frozen=True)
class Account:
    """The user and group of a service.

    Args:
        user: the user's name, or '' for a dynamic one.
        group: the group's name, or '' for a dynamic one.
        reason: why this one, as a sentence for the user.
    """

    user: str
    group: str
    reason: str

    @property
    def dynamic(self) -> bool:
        """Whether systemd makes the user when the service starts (DynamicUser=)."""
        return not self.user


@dataclass(frozen=True)
class Person:
    """A user of the machine.

    Args:
        uid: its number.
        name: its name, or '' if the machine knows no user with that number.
        group: the name of its own group, or its number.
    """

    uid: int
    name: str
    group: str


@dataclass(frozen=True)
class Ownership:
    """What decides about the account.

    Args:
        folder: the project's folder, absolute.
        owner: who owns the script, or the folder where there is no script.
        unreadable: the first file or folder that not everybody may read, or ''.
    """

    folder: str
    owner: Person
    unreadable: str


def under_home(path: str) -> bool:
    """Whether a path lies where ProtectHome= looks."""
    return any(PurePosixPath(path).is_relative_to(home) for home in HOMES)


def choose_account(
    ownership: Ownership, asked: Person | None, writes: tuple[Trace, ...]
) -> Account:
    """Who runs the service.

    Args:
        ownership: the project's.
        asked: the user that the command line names, if it does.
        writes: where the source shows that the app writes beside its code.

    Raises:
        SystemRefusedError: the owner is unknown to the machine.
        DeclinedError: the project is root's and no other user can run it as it is.
    """
    if asked is not None:
        return Account(asked.name, asked.group, f"it runs as {asked.name}, as you said")
    owner, folder = ownership.owner, ownership.folder
    if owner.uid != 0 and not owner.name:
        raise SystemRefusedError(
            f"{folder} belongs to the user number {owner.uid}, whom this machine does not know",
            hint="name an existing one with --service-user USER",
        )
    if owner.uid != 0:
        return Account(owner.name, owner.group, f"it runs as {owner.name}, who owns {folder}")
    _refuse_root(ownership, writes)
    return Account(
        "", "", f"{folder} belongs to root: it runs as a user that systemd makes for it alone"
    )


def _refuse_root(ownership: Ownership, writes: tuple[Trace, ...]) -> None:
    folder = ownership.folder
    give = f"give the project to an ordinary user: chown -R USER {folder}"
    if under_home(folder):
        raise DeclinedError(
            f"{folder} belongs to root and lies in a home folder: no other user can run it there",
            hint=f"move it to /srv, or {give}; --service-user root if you mean it",
        )
    if ownership.unreadable:
        raise DeclinedError(
            f"{folder} belongs to root, and no other user may read {ownership.unreadable}",
            hint=f"{give}; --service-user root if you mean it",
        )
    if writes:
        first = writes[0]
        raise DeclinedError(
            f"{first.what}, but {folder} belongs to root: a user made for the service could not "
            "write there",
            hint=f"{give}; --service-user root if you mean it",
            place=first.place,
        )
