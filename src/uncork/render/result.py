"""What every command returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from uncork.errors import ExitStatus


class Result(Protocol):
    """A frozen dataclass that knows the exit status it stands for."""

    @property
    def status(self) -> ExitStatus:
        """The exit status of the command that returns this."""
        ...
