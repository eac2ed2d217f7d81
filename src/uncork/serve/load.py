"""Run a script as ``__main__``, so that it can't tell it was not started by python.

`runpy.run_path` is not that: the module that it runs in is gone when the script
has ended, while its threads and exit hooks still run; ``__file__`` is as typed,
and ``__loader__`` and sys.path[0] are not set.
"""

from __future__ import annotations

import builtins
import importlib
import os
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep  # noqa: PTH100, PTH120 - compared with co_filename


def run_script(script: str, source: bytes, arguments: Sequence[str]) -> None:
    """Run a script as python runs it; returns when it has ended.

    Args:
        script: its path as the user typed it, which becomes sys.argv[0].
        source: its bytes; Python finds the encoding in them (PEP 263).
        arguments: the rest of sys.argv.

    Raises:
        BaseException: what the script raises.
    """
    # As python does since 3.9: absolute, neither links nor dots resolved.
    path = os.path.join(os.getcwd(), script)  # noqa: PTH109, PTH118
    module = sys.modules["__main__"] = _main_module(path)
    sys.argv = [script, *arguments]
    put_first_on_path(str(Path(path).resolve().parent))
    # compile() would else hand on this file's own __future__ imports.
    code = compile(source, path, "exec", dont_inherit=True)
    exec(code, module.__dict__)  # noqa: S102 - running the user's script is what this is for


def put_first_on_path(folder: str) -> None:
    """Put the script's folder first on sys.path, unless python was told not to (-P, -I)."""
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        sys.path.insert(0, folder)


def _main_module(path: str) -> ModuleType:
    """``__main__`` as pymain_run_file in CPython's Modules/main.c leaves it."""
    module = ModuleType("__main__")
    module.__dict__.update(
        __file__=path,
        __cached__=None,
        __loader__=SourceFileLoader("__main__", path),
        __builtins__=builtins,
        __annotations__={},
    )
    return module


def show_exception(error: BaseException) -> None:
    """Report an uncaught exception as python would, without uncork's frames above the script's.

    It goes through sys.excepthook, which error reporters replace.
    """
    error.__traceback__ = _without_own(error.__traceback__)
    sys.excepthook(type(error), error, error.__traceback__)


def _without_own(traceback: TracebackType | None) -> TracebackType | None:
    entries: list[TracebackType] = []
    while traceback is not None:
        if not _is_own(traceback.tb_frame.f_code.co_filename, first=not entries):
            entries.append(traceback)
        traceback = traceback.tb_next
    kept: TracebackType | None = None
    for entry in reversed(entries):
        kept = TracebackType(kept, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return kept


def _is_own(name: str, *, first: bool) -> bool:
    """Whether a frame is this package's, or importlib's above the user's first one."""
    return name.startswith(_OWN) or (first and (name == importlib.__file__ or name[0] == "<"))
