"""Act on a module the moment it has been imported, before anyone takes a name from it.

`from werkzeug.serving import run_simple` binds the name for good: replacing
``run_simple`` later would miss it. So the hook runs between the module's own
code and the return of the import.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class ImportHooks:
    """A finder (PEP 451) that calls a function with each named module once it is imported.

    Args:
        hooks: module name to what is called.
    """

    def __init__(self, hooks: Mapping[str, Callable[[ModuleType], None]]) -> None:
        self._hooks = dict(hooks)
        # Another tool's finder may ask the others in turn, and so ask this one.
        self._asking: set[str] = set()

    def install(self) -> None:
        """Come first on sys.meta_path; modules that are there already are acted on now."""
        for name in [name for name in self._hooks if name in sys.modules]:
            self._hooks.pop(name)(sys.modules[name])
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the other finders have, its loader's last step extended (PEP 451)."""
        if fullname not in self._hooks or fullname in self._asking:
            return None
        self._asking.add(fullname)
        try:
            spec = self._from_others(fullname, path, target)
        finally:
            self._asking.discard(fullname)
        loader: Any = spec.loader if spec else None
        if loader is None or not hasattr(loader, "exec_module"):
            return spec
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            # A zip archive has one loader for all of its modules.
            if module.__name__ == fullname and fullname in self._hooks:
                loader.__dict__.pop("exec_module", None)
                self._hooks.pop(fullname)(module)

        loader.exec_module = exec_module
        return spec

    def _from_others(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(fullname, path, target)
                if spec is not None:
                    return spec
        return None
