"""What the service commands answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.errors import ExitStatus

if TYPE_CHECKING:
    from uncork.service.unit import Units


@dataclass(frozen=True)
class Installed:
    """A service that runs and answered.

    Args:
        name: its name.
        url: where it answers.
        user: who runs it; '' for a dynamic user.
        files: the files that were written, as absolute paths.
        answered: the HTTP status of the health path.
        exposure: systemd's score from 0 to 10, lower is better; None, it can't say.
        action: ``installed``, ``replaced`` or ``rolled back``.
    """

    name: str
    url: str
    user: str
    files: tuple[str, ...]
    answered: int
    exposure: float | None = None
    action: str = "installed"

    @property
    def status(self) -> ExitStatus:
        """Done: a service that does not answer is an error and not a result."""
        return ExitStatus.DONE


@dataclass(frozen=True)
class NotInstalled:
    """The user said no to what was shown."""

    name: str

    @property
    def status(self) -> ExitStatus:
        """Pending."""
        return ExitStatus.PENDING


@dataclass(frozen=True)
class Shown:
    """Units as they would be installed.

    Args:
        units: their text.
        notes: who runs it and what the sandbox leaves open.
    """

    units: Units
    notes: tuple[str, ...]

    @property
    def status(self) -> ExitStatus:
        """Done."""
        return ExitStatus.DONE


@dataclass(frozen=True)
class Done:
    """A service was started, stopped, restarted or uninstalled.

    Args:
        name: its name.
        action: what was done, ``stopped``.
        notes: what one should know about it.
    """

    name: str
    action: str
    notes: tuple[str, ...] = ()

    @property
    def status(self) -> ExitStatus:
        """Done."""
        return ExitStatus.DONE


@dataclass(frozen=True)
class ServiceStatus:
    """How a service is.

    Args:
        name: its name.
        state: of the service unit, such as ``active (running)``.
        listening: whether systemd holds its socket.
        since: when it took that state, as systemd writes it.
        main_pid: the server's process; 0, none.
        restarts: how often it was started again after it had ended by itself.
        memory: in bytes; None, not known.
        survives_reboot: whether both units start at boot.
        url: where it answers.
        answered: the HTTP status of the health path; None, no answer.
        unfinished: the action of a change that was cut off, or ''.
        last_errors: the last error lines of its journal.
    """

    name: str
    state: str
    listening: bool
    since: str
    main_pid: int
    restarts: int
    memory: int | None
    survives_reboot: bool
    url: str
    answered: int | None
    unfinished: str
    last_errors: tuple[str, ...]

    @property
    def is_well(self) -> bool:
        """Whether it answers, and will after a reboot."""
        healthy = self.answered is not None and is_healthy(self.answered)
        return healthy and self.listening and self.survives_reboot and not self.unfinished

    @property
    def status(self) -> ExitStatus:
        """Done if it is well, else pending: there is something to look at."""
        return ExitStatus.DONE if self.is_well else ExitStatus.PENDING


@dataclass(frozen=True)
class Listed:
    """One service of the list.

    Args:
        name: its name.
        state: of the service unit.
        url: where it answers.
        target: what it serves.
    """

    name: str
    state: str
    url: str
    target: str


@dataclass(frozen=True)
class ServiceList:
    """All services of uncork's."""

    services: tuple[Listed, ...]

    @property
    def status(self) -> ExitStatus:
        """Done."""
        return ExitStatus.DONE


def is_healthy(answered: int) -> bool:
    """Whether an HTTP status says that the app works: a log-in redirect or a 404 does."""
    return answered < 500  # noqa: PLR2004 - RFC 9110, 15.6: the server failed
