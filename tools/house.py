"""What the programs of this folder share: the checkout, and its development environment.

Standard library only: they run before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 10)


def fail(fact: str, hint: str) -> NoReturn:
    """End with an error as uncork itself would say it."""
    sys.exit(f"error: {fact}\nhint: {hint}")


def environment() -> Path:
    """The python of this checkout's virtual environment, made or brought up to date first.

    The environment is ``.venv`` for the Python that it was made with, and
    ``.venv-3.13`` for another. It is installed into again when pyproject.toml or
    the version of Python has changed.
    """
    if sys.version_info < OLDEST:
        fail(f"Python {sys.version.split()[0]} is too old", "run it with Python 3.10 or newer")
    folder = _folder()
    python = folder / "bin" / "python"
    if not python.exists():
        _make(folder)
    stamp = folder / "uncork-stamp"
    wanted = f"{sys.version}\n{hashlib.sha256((ROOT / 'pyproject.toml').read_bytes()).hexdigest()}"
    if not stamp.exists() or stamp.read_text() != wanted:
        _install(python)
        stamp.write_text(wanted)
    return python


def run(python: Path, program: str, *arguments: str) -> int:
    """Run a program of the environment, such as pytest, in the checkout; returns its status."""
    sys.stdout.flush()
    path = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return subprocess.run(
        [python.parent / program, *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        check=False,
    ).returncode


def _folder() -> Path:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    plain = ROOT / ".venv"
    link = plain / "bin" / f"python{version}"
    return plain if link.exists() or not plain.exists() else ROOT / f".venv-{version}"


def _make(folder: Path) -> None:
    print(f"making {folder.name} with Python {sys.version.split()[0]}", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", folder], check=False)
    if made.returncode != 0:
        fail("Python can't make virtual environments here", "apt-get install python3-venv")


def _install(python: Path) -> None:
    folder = python.parent.parent.name
    print(f"installing uncork and its development tools into {folder}", flush=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    # pip warns of running as root, which is what a container does.
    own = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    done = subprocess.run([*pip, "--editable", ".[dev]"], cwd=ROOT, env=own, check=False)
    if done.returncode != 0:
        fail("pip could not install the development tools", "see its message above")
