"""Before a command reads a project: mend what an interrupted one left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uncork.render import text_of
from uncork.render import undo as undo  # noqa: PLC0414 - registers what recover returns
from uncork.transaction import recover

if TYPE_CHECKING:
    from uncork.cli.kernel import Console
    from uncork.discovery.target import Target


def recover_first(console: Console, target: Target) -> None:
    """Bring a project to one side of a change that was killed half-way, and say so."""
    if recovered := recover(target.folder):
        console.progress(text_of(recovered))
