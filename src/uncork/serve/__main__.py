"""``python -m uncork.serve TARGET`` and ``python …/uncork/serve/__main__.py TARGET``.

The second form is for an interpreter in which uncork is not installed. Nothing
is added to its ``sys.path``: a folder that holds uncork holds other packages,
too, and the app must not see them.
"""

from __future__ import annotations

import os
import sys

OLDEST = (3, 10)


def _start() -> None:
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:2]))
        sys.stderr.write(
            "error: uncork serve needs Python 3.10 or newer, and this app's is %s\n"  # noqa: UP031
            "hint: make the app's virtual environment anew with a newer Python\n" % found
        )
        sys.exit(4)
    sys.modules["uncork.serve.__main__"] = sys.modules["__main__"]
    _leave_path()
    if not __package__:
        _import_uncork()
    from uncork.serve.command import main  # noqa: PLC0415 - found only now

    main(sys.argv[1:])


def _leave_path() -> None:
    """Take away what Python put first on sys.path for us; the script gets its own.

    With ``-m`` that is the current folder, by path it is this file's.
    """
    safe = sys.flags.isolated or getattr(sys.flags, "safe_path", False)
    own = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib costs 8 ms at start
    if not safe and sys.path and sys.path[0] in {os.getcwd(), own, ""}:  # noqa: PTH109
        del sys.path[0]


def _import_uncork() -> None:
    """Import the uncork that this file belongs to, whichever the app has."""
    from importlib.machinery import PathFinder  # noqa: PLC0415
    from importlib.util import module_from_spec  # noqa: PLC0415

    home = os.path.abspath(os.path.join(__file__, "..", "..", ".."))  # noqa: PTH100, PTH118
    spec = PathFinder.find_spec("uncork", [home])
    assert spec is not None  # noqa: S101 - this file is in it
    assert spec.loader is not None  # noqa: S101
    module = sys.modules["uncork"] = module_from_spec(spec)
    spec.loader.exec_module(module)


if __name__ == "__main__":
    _start()
