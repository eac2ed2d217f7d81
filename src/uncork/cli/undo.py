"""``uncork undo``: put every file back, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from uncork.cli.kernel import command
from uncork.cli.options import json_option, target_argument
from uncork.errors import UncorkError
from uncork.render import text_of
from uncork.render.undo import History
from uncork.transaction import Undone, history, recover, undo
from uncork.transaction.journal import FOLDER

if TYPE_CHECKING:
    from uncork.cli.kernel import Console


@click.command("undo")
@target_argument
@click.option("--list", "listing", is_flag=True, help="Show what can be undone; undo nothing.")
@json_option
@command
def cli(console: Console, *, target: str | None, listing: bool) -> Undone | History:
    """Put every file of the last apply back, byte for byte.

    Files that uncork made are removed. Called again, it undoes the apply before.
    If you have edited one of the files since, nothing is done (exit status 5).
    """
    folder = _folder(target)
    if not listing:
        return undo(folder)
    if recovered := recover(folder):
        console.progress(text_of(recovered))
    return History(str(folder), history(folder))


def _folder(target: str | None) -> Path:
    """The folder that a target is started from.

    What stands there may be broken, or gone: undo is what one calls then, so a
    folder or a file is taken at its word, and only the rest is looked for.
    """
    here = Path.cwd().resolve()
    path = here if target is None else (here / target).resolve()
    if path.is_file():
        return path.parent
    if path.is_dir() and (target is not None or (path / FOLDER).is_dir()):
        return path
    from uncork.discovery.target import find_target  # noqa: PLC0415 - loads the analysis

    near = here if target is None else path.parent
    try:
        return find_target(target).folder
    except UncorkError:
        if target is not None and not (near / FOLDER).is_dir():
            raise
        return near
