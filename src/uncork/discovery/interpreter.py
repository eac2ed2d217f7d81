"""The app's own interpreter, which need not be the one that runs uncork."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from uncork.errors import UsageError

_ASK = """
import json, sys
from importlib.util import find_spec
print(json.dumps({"version": list(sys.version_info[:3]), "prefix": sys.prefix,
    "modules": [name for name in %r if find_spec(name)]}))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python that can run the app.

    Args:
        path: absolute, symbolic links kept: a virtual environment's python is a link,
            and resolving it would leave the environment.
        source: how it was found, to say so.
    """

    path: Path
    source: str

    def has(self, *modules: str) -> dict[str, bool]:
        """Which of these modules it can import, asked of the interpreter itself.

        Raises:
            UsageError: it can't be run.
        """
        try:
            answer = subprocess.run(
                [self.path, "-c", _ASK % (modules,)],
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise UsageError(
                f"{self.path} can't be run: {error}",
                hint="name the app's interpreter with --python PATH",
            ) from error
        found = set(json.loads(answer.stdout)["modules"])
        return {module: module in found for module in modules}


def find_interpreter(given: str | None, folder: Path) -> Interpreter:
    """The interpreter for an app in a folder.

    ``--python``, else the active virtual environment, else .venv or venv in the
    project (its folder and those above it, up to the repository's), else the
    python3 on PATH.

    Raises:
        UsageError: the given one is no executable file, or there is none at all.
    """
    if given is not None:
        path = Path(os.path.abspath(given if os.sep in given else shutil.which(given) or given))  # noqa: PTH100 - resolve() would leave a virtual environment
        if not (path.is_file() and os.access(path, os.X_OK)):
            raise UsageError(
                f"{given} is not an executable file",
                hint="name the app's interpreter, such as .venv/bin/python",
            )
        return Interpreter(path, "--python")
    active = os.environ.get("VIRTUAL_ENV")
    if active and (path := Path(active) / "bin" / "python").is_file():
        return Interpreter(path, "the active virtual environment")
    for parent in _project_folders(folder):
        for name in (".venv", "venv", "env"):
            if (path := parent / name / "bin" / "python").is_file() and (
                parent / name / "pyvenv.cfg"
            ).is_file():
                return Interpreter(path, f"{name} in {parent}")
    for name in ("python3", "python"):
        if found := shutil.which(name):
            return Interpreter(Path(found), "PATH")
    raise UsageError(
        "there is no python3 on PATH", hint="name the app's interpreter with --python PATH"
    )


def _project_folders(folder: Path) -> list[Path]:
    folders = [folder]
    for parent in (folder, *folder.parents):
        if parent not in folders:
            folders.append(parent)
        if (parent / ".git").exists():
            return folders
    return [folder]
