"""multiprocessing's children that are not forked from this process, and that may run the app.

Read in multiprocessing/spawn.py, popen_spawn_posix.py and popen_forkserver.py of Python
3.10 to 3.13: what `get_preparation_data` returns is pickled for every such child, which
unpickles it before anything else and takes the keys that it knows. So what stands under
another key, and pickles as a call, is called there first.
"""

from __future__ import annotations

import functools
import importlib.util
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from uncork.serve.runner import Runner

_HOME = os.path.abspath(os.path.join(__file__, "..", "..", "..", ".."))  # noqa: PTH100, PTH118
_CODE = """
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
if "uncork" not in sys.modules:
    spec = PathFinder.find_spec("uncork", [home])
    sys.modules["uncork"] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules["uncork"])
from uncork.serve.spawned import board
board(names, settings, files)
"""
"""Imports the uncork of this process, as `uncork.serve.__main__` does, and boards the child."""


def patch(module: ModuleType, runner: Runner) -> None:
    """Put uncork among what a child is told."""
    original: Callable[..., dict[str, Any]] = module.get_preparation_data

    @functools.wraps(original)
    def get_preparation_data(name: str) -> dict[str, Any]:
        runner.fork_happened()
        return {**original(name), "uncork": _Passenger(runner)}

    module.get_preparation_data = get_preparation_data  # type: ignore[attr-defined]


PATCHES = {"multiprocessing.spawn": patch}


class _Passenger:
    """Pickles as the call that gets uncork into the child."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def __reduce__(self) -> tuple[Any, ...]:
        from multiprocessing.reduction import DupFd  # noqa: PLC0415 - the script has imported it

        from uncork.serve.seams import all_hooks  # noqa: PLC0415 - this module is one of them

        settings, files = self._runner.for_spawned()
        spec = importlib.util.find_spec("waitress")
        folder = os.path.dirname(os.path.dirname(spec.origin)) if spec and spec.origin else None  # noqa: PTH120
        given = {
            "home": _HOME,
            "names": [name for name in all_hooks(self._runner) if name not in PATCHES],
            "settings": {**settings, "waitress": folder},
            "files": [DupFd(file) for file in files],
        }
        return exec, (_CODE, given)
