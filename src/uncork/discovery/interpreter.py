"""The app's own interpreter, which need not be the one that runs uncork."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from uncork.errors import DeclinedError, UsageError

OLDEST = (3, 10)
"""The oldest Python that runs `uncork.serve`; its ``__main__`` says the same."""
_ASK = """
import json, sys
modules = []
if sys.version_info >= (3, 4):
    from importlib.util import find_spec
    modules = [name for name in %r if find_spec(name)]
print(json.dumps({"version": list(sys.version_info[:3]), "modules": modules}))
"""
"""Any Python since 2.6 understands it, so that an old one is told from none."""
_PATIENCE = 60
"""Seconds for the answer; a network drive can be slow."""
_HINT = "name the app's interpreter with --python, such as .venv/bin/python"


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
            UsageError: it can't be run, or is no Python.
            DeclinedError: it is older than uncork can serve with.
        """
        try:
            answer = subprocess.run(
                [self.path, "-c", _ASK % (modules,)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=_PATIENCE,
            )
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise UsageError(f"{self.path} can't be run: {reason}", hint=_HINT) from error
        except subprocess.TimeoutExpired as error:
            raise UsageError(
                f"{self.path} did not answer within {_PATIENCE} s", hint=_HINT
            ) from error
        return self._understood(answer, modules)

    def _understood(
        self, answer: subprocess.CompletedProcess[str], modules: tuple[str, ...]
    ) -> dict[str, bool]:
        try:
            # Its site may print before we do.
            said = json.loads(answer.stdout.strip().rpartition("\n")[2])
            version, found = tuple(said["version"]), set(said["modules"])
        except (ValueError, KeyError, TypeError) as error:
            last = answer.stderr.strip().rpartition("\n")[2]
            said = f": {last}" if last else ""
            raise UsageError(f"{self.path} is no working Python{said}", hint=_HINT) from error
        if version < OLDEST:
            raise DeclinedError(
                "uncork serve needs Python 3.10 or newer, and this app's is "
                f"{'.'.join(map(str, version))}, {self.path}",
                hint="make the app's virtual environment anew with a newer Python, or name one "
                "with --python",
            )
        return {module: module in found for module in modules}


def find_interpreter(given: str | None, folder: Path) -> Interpreter:
    """The interpreter for an app in a folder.

    ``--python``, else the active virtual environment, else .venv, venv or env in
    the project (its folder and those above it, up to the repository's), else the
    one that the project's tool keeps elsewhere, else the python3 on PATH.

    Raises:
        UsageError: the given one is no executable file, an environment is broken, or
            there is none at all.
    """
    if given is not None:
        return Interpreter(_given(given), "--python")
    for variable, source in _ACTIVE.items():
        active = os.environ.get(variable)
        if active and not _is_conda_base(variable) and (path := _in_environment(folder / active)):
            return Interpreter(path, source)
    folders = _project_folders(folder)
    for parent in folders:
        for name in (".venv", "venv", "env"):
            if (parent / name / "pyvenv.cfg").is_file() and (
                path := _in_environment(parent / name)
            ):
                return Interpreter(path, f"{name} in {parent}")
    for parent in folders:
        if found := _of_tool(parent):
            return found
    for name in ("python3", "python"):
        if on_path := shutil.which(name):
            return Interpreter(Path(on_path), "PATH")
    raise UsageError(
        "there is no python3 on PATH", hint="name the app's interpreter with --python PATH"
    )


_ACTIVE = {
    "VIRTUAL_ENV": "the active virtual environment",
    "CONDA_PREFIX": "the active conda environment",
    "UV_PROJECT_ENVIRONMENT": "UV_PROJECT_ENVIRONMENT",
}
"""What activate scripts set, and where uv keeps a project's environment if it is not .venv:
https://docs.astral.sh/uv/reference/environment/#uv_project_environment."""


def _is_conda_base(variable: str) -> bool:
    """Conda's own environment, active in every shell of some, is no project's."""
    return variable == "CONDA_PREFIX" and os.environ.get("CONDA_DEFAULT_ENV") == "base"


def _given(given: str) -> Path:
    path = Path(os.path.abspath(given if os.sep in given else shutil.which(given) or given))  # noqa: PTH100 - resolve() would leave a virtual environment
    if path.is_dir():
        inside = Path(given) / "bin" / "python"
        raise UsageError(
            f"{given} is a folder",
            hint=f"did you mean --python {inside}?" if (path / "bin/python").exists() else _HINT,
        )
    if not path.exists():
        if path.is_symlink():
            raise _broken(path)
        raise UsageError(f"there is no {given}", hint=_HINT)
    if not os.access(path, os.X_OK):
        raise UsageError(f"{given} is not an executable file", hint=_HINT)
    return path


def _in_environment(folder: Path) -> Path | None:
    """The interpreter of a virtual environment; None, there is none at that place.

    Raises:
        UsageError: it is a link to a Python that has gone.
    """
    path = folder / "bin" / "python"
    if path.is_file():
        return path
    if path.is_symlink():
        raise _broken(path)
    return None


def _broken(path: Path) -> UsageError:
    """A virtual environment whose Python was removed, most often by an upgrade of the system."""
    folder = path.parent.parent
    return UsageError(
        f"the virtual environment {folder} is broken: its Python was {_last_link(path)}, "
        "which is gone",
        hint=f"python3 -m venv --clear {folder} makes it anew; then install the app's packages",
    )


def _last_link(path: Path) -> Path:
    """Where a chain of links ends: ``python`` to ``python3`` to the file that has gone."""
    seen: set[Path] = set()
    while path.is_symlink() and path not in seen:
        seen.add(path)
        path = path.parent / path.readlink()
    return path


_ASK_TOOL = {
    "poetry.lock": ("poetry", "env", "info", "--executable"),
    "Pipfile": ("pipenv", "--py"),
}
"""A file that says which tool keeps the environment, and what makes the tool name its Python:
https://python-poetry.org/docs/cli/#env-info and https://pipenv.pypa.io/en/latest/cli.html."""


def _of_tool(folder: Path) -> Interpreter | None:
    """The interpreter that PDM, poetry or pipenv keeps for a project outside of it."""
    pdm = folder / ".pdm-python"  # https://pdm-project.org/en/latest/usage/venv/
    if pdm.is_file() and (path := Path(pdm.read_text().strip())).is_file():
        return Interpreter(path, ".pdm-python")
    for file, command in _ASK_TOOL.items():
        if (folder / file).is_file() and (answer := _asked(command, folder)):
            return Interpreter(answer, command[0])
    return None


def _asked(command: tuple[str, ...], folder: Path) -> Path | None:
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        answer = subprocess.run(
            [program, *command[1:]],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.SubprocessError):
        return None  # It has no environment for this project yet.
    path = Path(answer.stdout.strip().rpartition("\n")[2])
    return path if path.is_absolute() and path.is_file() else None


def _project_folders(folder: Path) -> list[Path]:
    folders = [folder]
    for parent in (folder, *folder.parents):
        if parent not in folders:
            folders.append(parent)
        if (parent / ".git").exists():
            return folders
    return [folder]
