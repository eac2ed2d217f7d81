"""What scripts call to run their app, one file a library, found here by being here.

A seam's module has ``PATCHES``: the name of a library's module to a function
that is called with that module, once it has been imported, and with the
`Runner`. It imports nothing of the library itself: that may not be there.

Replace the **lowest** function that all ways of running pass through, so that
what stands above keeps its meaning (docs/decisions/0001).
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from uncork.serve.runner import Runner


def all_hooks(runner: Runner) -> dict[str, Callable[[ModuleType], None]]:
    """Every seam's patches, bound to a runner: for `uncork.serve.imports.ImportHooks`."""
    hooks: dict[str, Callable[[ModuleType], None]] = {}
    for found in pkgutil.iter_modules(__path__, f"{__name__}."):
        seam = importlib.import_module(found.name)
        for module, patch in seam.PATCHES.items():
            hooks[module] = functools.partial(patch, runner=runner)
    return hooks
