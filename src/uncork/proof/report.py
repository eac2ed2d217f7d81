"""What a verification found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from uncork.errors import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uncork.proof.comparison import Difference
    from uncork.proof.footprint import Footprint


@dataclass(frozen=True)
class Report:
    """What was compared, what differs, and what could not be proved.

    Args:
        script: the script, relative to the project's folder.
        entry: the new app's entry point.
        isolated: whether the app ran in namespaces, or in throw-away copies alone.
        runs: how many times it was run.
        seconds: how long all of it took.
        compared: how many of each kind were compared, such as routes and answers.
        variants: the option values that were tried beside the given ones.
        noise: what differs between two runs of the old script.
        differences: what differs between the old and the new.
        unproved: why something, or all, is not proved.
        notes: what a reader should know and what changes nothing.
        footprints: what the source names outside itself.
        traceback: of the old script's own error, if it does not start.
    """

    script: str
    entry: str
    isolated: bool
    runs: int
    seconds: float
    compared: Mapping[str, int] = field(default_factory=dict)
    variants: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    unproved: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    footprints: tuple[Footprint, ...] = ()
    traceback: str = ""

    @property
    def status(self) -> ExitStatus:
        """A difference counts more than what could not be proved."""
        if self.differences:
            return ExitStatus.DIFFERS
        return ExitStatus.NOT_PROVED if self.unproved else ExitStatus.DONE
