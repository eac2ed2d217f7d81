"""Whether the app is served in processes other than this one. Costs nothing where it is not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

from uncork.errors import DeclinedError, Place, UsageError
from uncork.serve.options import SERVERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uncork.serve.listen import Listener
    from uncork.serve.notify import Watchdog
    from uncork.serve.options import ServeOptions
    from uncork.serve.provide import Waitress

_OURS, _GRANIAN = SERVERS


def wants_processes(options: ServeOptions) -> bool:
    """Whether an import string is served in processes other than this one."""
    return options.processes is not None or options.server == _GRANIAN


def need_processes(options: ServeOptions) -> None:
    """Refuse what only several processes have a use for.

    Raises:
        UsageError: it is asked for, and they are not.
    """
    if options.preload and not wants_processes(options):
        raise UsageError(
            "--preload means nothing without --processes",
            hint="--processes auto is one for each CPU",
        )


def need_one_process(script: str, options: ServeOptions) -> None:
    """Refuse, for a script as it is, what is done with an app that can be imported alone.

    Raises:
        DeclinedError: several processes, or another server, are asked for.
    """
    if options.server not in {None, _OURS}:
        raise DeclinedError(
            f"--server {options.server} is for module:app. A script as it is calls its server "
            "itself, and goes on behind the call; another one would import the app into "
            "processes of its own, and the script's main block would never run",
            hint=f"leave --server out, or: uncork migrate {script}",
            place=Place(script),
        )
    if options.processes in {None, 1}:
        return
    stem = os.path.basename(script).removesuffix(".py")  # noqa: PTH119 - as in command.py
    raise DeclinedError(
        f"--processes {options.processes} is for module:app. A script as it is runs in one "
        "process: in copies of it, background threads would stand still, and what it does "
        "behind the run call would be done by each of them",
        hint=f"uncork migrate {script}, then serve what it makes; or, if importing it is enough, "
        f"uncork serve {stem}:app",
        place=Place(script),
    )


def serve_in_processes(
    target: str,
    options: ServeOptions,
    waitress: Waitress,
    inherited: Sequence[Listener],
    watchdog: Watchdog,
) -> NoReturn:
    """Serve an import string in processes of its own, and exit.

    Args:
        target: the import string.
        options: some that `wants_processes`.
        waitress: which one serves, if it is not granian.
        inherited: systemd's sockets.
        watchdog: the service manager's.
    """
    if options.server == _GRANIAN:
        from uncork.serve.granian.run import serve_granian as serve  # noqa: PLC0415 - most start without
    else:
        from uncork.serve.processes.start import serve_processes as serve  # noqa: PLC0415
    serve(target, options, waitress, inherited, watchdog)
