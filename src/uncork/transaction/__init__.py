"""Changing several files as one step that can be taken back.

`apply` writes a journal first, then all new files beside the old ones, then
renames them into place; `undo` does the same in the other direction. A process
that is killed in between leaves a journal, from which `recover` makes the tree
whole again: **an interrupted command has not happened**. Every command that reads
or writes the tree calls `recover` first. docs/decisions/0006 says why it is so.

    apply.py     apply, undo, recover and what they return
    moves.py     bringing files from one side of a transaction to the other
    places.py    where a path really stands, and what is not replaced
    journal.py   `.uncork`, and the states of a transaction
    lock.py      one uncork at a time
    disk.py      the effects
"""

from __future__ import annotations

from uncork.transaction.apply import apply, recover, undo
from uncork.transaction.history import Applied, history, last_applied
from uncork.transaction.results import Recovered, Undone

__all__ = [
    "Applied",
    "Recovered",
    "Undone",
    "apply",
    "history",
    "last_applied",
    "recover",
    "undo",
]
