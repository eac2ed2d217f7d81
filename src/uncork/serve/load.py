"""Run a program as ``__main__``, so that it can't tell it was not started by python.

`runpy.run_path` is not that: the module that it runs in is gone when the script
has ended, while its threads and exit hooks still run; ``__file__`` is as typed,
and ``__loader__`` and sys.path[0] are not set.

What python itself runs for ``-m`` and for a folder or a zip archive is
``runpy._run_module_as_main`` (CPython's Modules/main.c, pymain_run_module): it
executes in whatever module is ``sys.modules["__main__"]``, so it is called here
the same way, on a fresh one.
"""

from __future__ import annotations

import builtins
import importlib
import os
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING

from uncork.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep  # noqa: PTH100, PTH120 - compared with co_filename
_RUNPY = os.path.join(os.path.dirname(os.__file__), "runpy.py")  # noqa: PTH118, PTH120
"""runpy's file, where it is not frozen into the interpreter: before Python 3.11."""


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


def run_module(name: str, arguments: Sequence[str]) -> None:
    """Run a module, or a package's ``__main__``, as ``python -m`` does.

    Args:
        name: the module's full name.
        arguments: the rest of sys.argv, whose first becomes the module's file.

    Raises:
        SourceError: there is no such module, or it can't be run.
        BaseException: what the user's code raises.
    """
    import runpy  # noqa: PLC0415 - only here

    sys.modules["__main__"] = ModuleType("__main__")
    sys.modules["__main__"].__dict__.update(__builtins__=builtins, __annotations__={})
    sys.argv = ["-m", *arguments]  # What packages see while the module is looked for.
    put_first_on_path(os.getcwd())  # noqa: PTH109 - a string is what sys.path takes
    _need_runnable(name)
    runpy._run_module_as_main(name)  # type: ignore[attr-defined]  # noqa: SLF001 - it is what python calls


def run_archive(path: str, arguments: Sequence[str]) -> None:
    """Run the ``__main__`` of a folder or a zip archive as python does.

    Args:
        path: as the user typed it, which becomes sys.argv[0].
        arguments: the rest of sys.argv.

    Raises:
        BaseException: what the user's code raises.
    """
    import runpy  # noqa: PLC0415 - only here

    sys.modules["__main__"] = ModuleType("__main__")
    sys.modules["__main__"].__dict__.update(__builtins__=builtins, __annotations__={})
    sys.argv = [path, *arguments]
    # Made absolute as a script's path is; put there whatever -P or -I say (pymain_run_python).
    sys.path.insert(0, os.path.join(os.getcwd(), path))  # noqa: PTH109, PTH118
    runpy._run_module_as_main("__main__", alter_argv=False)  # type: ignore[attr-defined]  # noqa: SLF001


def _need_runnable(name: str) -> None:
    """Say as uncork does what runpy would say in a line without a hint.

    Raises:
        SourceError: there is no such module, or it is a package without ``__main__``.
    """
    try:
        spec = find_spec(name)
        runs = spec is None or spec.submodule_search_locations is None or find_spec(_main(name))
    except ModuleNotFoundError as error:
        # A parent is missing; what a parent itself fails to import is the user's to read.
        if error.name is None or not (name == error.name or name.startswith(error.name + ".")):
            raise
        spec, runs = None, None
    if spec is None:
        raise SourceError(
            f"there is no module {name}",
            hint=f"modules are looked for in {os.getcwd()} first",  # noqa: PTH109
        )
    if not runs:
        raise SourceError(
            f"{name} is a package without __main__, so python -m can't run it",
            hint=f"uncork serve {name} serves the app that it makes",
        )


def _main(package: str) -> str:
    return f"{package}.__main__"


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
    """Whether a frame is this package's, or importlib's or runpy's above the user's first one."""
    if name.startswith(_OWN):
        return True
    return first and (name[0] == "<" or name in {importlib.__file__, _RUNPY})
