"""uncork that is killed before its n-th effect; runs inside the machine.

Usage: python faults.py N ARGUMENTS... runs uncork with these arguments, and ends as SIGKILL
would before the n-th time that it writes, renames or removes a file of its own or lets
systemctl change something. With fewer effects it ends as uncork does.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from uncork.cli import main
from uncork.service import disk, systemd

if TYPE_CHECKING:
    from collections.abc import Callable

LOOKING = {"show", "--version"}
left = int(sys.argv[1])


def step() -> None:
    """Count an effect; the last one that may be is the one before."""
    global left  # noqa: PLW0603 - the process ends with it
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose every call is an effect."""

    def call(*arguments: Any, **named: Any) -> Any:
        step()
        return function(*arguments, **named)

    return call


def counted_run(run: Callable[..., Any]) -> Callable[..., Any]:
    """A function that starts programs, of which some only look."""

    def call(command: list[str]) -> Any:
        if command[0] == "systemctl" and LOOKING.isdisjoint(command):
            step()
        return run(command)

    return call


for name in ("write", "rename", "remove", "put_back"):
    setattr(disk, name, counted(getattr(disk, name)))
systemd._run = counted_run(systemd._run)
sys.argv[1:] = sys.argv[2:]
main()
