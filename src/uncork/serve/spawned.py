"""A child that multiprocessing spawns, and that may run the app: uncork comes along.

A forked child has everything; one that is spawned, or that a fork server forks, is a
new python, which would run the development server. What `seams.multiprocessing` puts
among the data that every such child unpickles first (multiprocessing/spawn.py, _main)
ends here. Until the child imports a library that runs apps, that is one finder on
``sys.meta_path``; until it runs one, its signal handlers are its own.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

# Notes which thread is the main one: another may import the first library.
from uncork.serve import native as _native  # noqa: F401
from uncork.serve.imports import ImportHooks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType


def board(names: Sequence[str], settings: Mapping[str, Any], files: Sequence[Any]) -> None:
    """Be there when a library that runs apps is imported.

    Args:
        names: the modules of these libraries.
        settings: ``target``, ``options`` and ``waitress``, as `Runner` takes them.
        files: the family's and systemd's sockets, as multiprocessing hands them over.
    """
    numbers = [file.detach() for file in files]

    @functools.cache
    def hooks() -> dict[str, Callable[[ModuleType], None]]:
        return _hooks(settings, numbers)

    def late(module: ModuleType) -> None:
        hooks()[module.__name__](module)

    ImportHooks(dict.fromkeys(names, late)).install()


def _hooks(
    settings: Mapping[str, Any], files: Sequence[int]
) -> dict[str, Callable[[ModuleType], None]]:
    import socket  # noqa: PLC0415 - most children never come here

    from uncork.serve.family import Family  # noqa: PLC0415
    from uncork.serve.listen import Listener  # noqa: PLC0415
    from uncork.serve.options import DEFAULT_DRAIN_TIMEOUT, ServeOptions  # noqa: PLC0415
    from uncork.serve.provide import provide_waitress  # noqa: PLC0415
    from uncork.serve.runner import Runner  # noqa: PLC0415
    from uncork.serve.seams import all_hooks  # noqa: PLC0415
    from uncork.serve.signals import Signals  # noqa: PLC0415

    options = ServeOptions(**settings["options"])
    timeout = DEFAULT_DRAIN_TIMEOUT if options.drain_timeout is None else options.drain_timeout
    shared, *handed_over = files
    inherited = [Listener(socket.socket(fileno=file), inherited=True) for file in handed_over]
    runner = Runner(
        settings["target"],
        options,
        provide_waitress(settings["waitress"]),
        Signals(timeout),
        inherited,
        family=Family(shared),
    )
    return all_hooks(runner)
