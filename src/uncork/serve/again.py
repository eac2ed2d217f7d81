"""Start a script a second time, as werkzeug's reloader starts its child.

Only where it must: the script has asked for the reloader by a value that only its
run knows, and code of its project works in the reloader's child alone. Under python
that code would run in the child, with the variable set, behind a parent in which
everything else has run as well. So the process becomes a new one, with the variable
set; its number, its sockets and its place under a service manager stay.
"""

from __future__ import annotations

import atexit
import itertools
import os
import sys
from typing import TYPE_CHECKING

from uncork.serve.logs import tell
from uncork.serve.native import in_main_thread
from uncork.serve.place import calling_place, stands_in_library
from uncork.serve.reloader import VARIABLE, Branches, branches_of, uses_reloader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping, Sequence

    from uncork.serve.listen import Listener

_MARK = "UNCORK_STARTED_AGAIN"
"""Holds the number of the process, which stays: no child takes it for its own."""
_HANDED_OVER = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID")
_EXTENSIONS = "flask"
"""In whose name: Flask-APScheduler and its like test the variable, too."""
_SKIPPED = {"node_modules", "site-packages", "__pycache__"}
_MOST_FILES = 150
_MOST_FOLDERS = 50
_DEEPEST = 3


class Again:
    """What a second start needs of the first one.

    Args:
        environ: `os.environ`, from which nothing has been taken yet.
    """

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        self._is_second = environ.pop(_MARK, "") == str(os.getpid())
        self._folder = os.getcwd()  # noqa: PTH109
        self._handed_over = {name: environ[name] for name in _HANDED_OVER if name in environ}

    def set_variable(
        self, source: bytes | None, script: str, environ: MutableMapping[str, str]
    ) -> None:
        """Say in the environment what the reloader would have said, as far as it is known.

        Args:
            source: the script's bytes; None, the program is no script.
            script: its path.
            environ: `os.environ`.
        """
        environ.pop(VARIABLE, None)
        if self._is_second or (source is not None and _is_child(source, script, environ)):
            environ[VARIABLE] = "true"

    def start_if_missed(self, inherited: Sequence[Listener] = ()) -> None:
        """The run call has asked for the reloader: start again if work has been left out.

        Args:
            inherited: systemd's sockets, which nobody has used yet.
        """
        if VARIABLE in os.environ or self._is_second or not in_main_thread():
            return
        if not any(Branches.CHILD in branches_of(source) for source in _loaded_sources()):
            return
        place = calling_place()
        where = f"{place}: " if place else ""
        tell(f"{where}the reloader was asked for: starting again, as its child that serves")
        self._become(inherited)

    def _become(self, inherited: Sequence[Listener]) -> None:
        _end_children()
        atexit._run_exitfuncs()  # noqa: SLF001 - the first process ends here, as a reloader's parent does
        sys.stdout.flush()
        sys.stderr.flush()
        for listener in inherited:
            listener.socket.set_inheritable(True)
        os.chdir(self._folder)
        environ = {**os.environ, **self._handed_over, _MARK: str(os.getpid())}
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environ)  # noqa: S606


def _is_child(source: bytes, script: str, environ: Mapping[str, str]) -> bool:
    """Whether the variable is to be set: the reloader is sure, and not only its parent has work."""
    if not uses_reloader(source, environ):
        return False
    branches = branches_of(source)
    for other in _sources_beside(script):
        branches |= branches_of(other)
    return branches is not Branches.PARENT


def _sources_beside(script: str) -> Iterator[bytes]:
    """The project's other modules, those that are near; libraries are not among them."""
    folder = os.path.dirname(os.path.abspath(script))  # noqa: PTH100, PTH120 - pathlib costs 8 ms at start
    left = _MOST_FILES
    for parent, folders, files in itertools.islice(os.walk(folder), _MOST_FOLDERS):
        depth = parent[len(folder) :].count(os.sep)
        folders[:] = [
            name
            for name in folders
            if depth < _DEEPEST
            and not name.startswith(".")
            and name not in _SKIPPED
            and not os.path.exists(os.path.join(parent, name, "pyvenv.cfg"))  # noqa: PTH110, PTH118
        ]
        for name in files:
            if name.endswith(".py") and left > 0:
                left -= 1
                yield _read(os.path.join(parent, name))  # noqa: PTH118


def _loaded_sources() -> Iterator[bytes]:
    """The modules that are there and may have tested the variable: the user's, and extensions."""
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if not isinstance(path, str) or path.endswith((".so", ".pyc")):
            continue
        extension = name.startswith(_EXTENSIONS) and name.partition(".")[0] != _EXTENSIONS
        if extension or not stands_in_library(path):
            yield _read(path)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return b""


def _end_children() -> None:
    """End the children of multiprocessing: the second start makes its own."""
    multiprocessing = sys.modules.get("multiprocessing")
    if multiprocessing is not None:
        for child in multiprocessing.active_children():
            child.terminate()
