"""Copies of examples/ as they were written, whatever was done to them since."""

from __future__ import annotations

import shutil
from pathlib import Path

from uncork.transaction import undo

EXAMPLES = Path(__file__).parent.parent / "examples"


def copy_example(name: str, destination: Path) -> Path:
    """Copy a folder of examples/ as it was written."""
    return copy_as_written(EXAMPLES / name, destination)


def copy_as_written(folder: Path, destination: Path) -> Path:
    """Copy a project; what ``uncork migrate`` has done to it is undone in the copy.

    The README's first command migrates the example where it stands.
    """
    ignored = shutil.ignore_patterns("__pycache__", "*.db", ".venv")
    copied = Path(shutil.copytree(folder, destination, ignore=ignored))
    while undo(copied).applied is not None:
        pass
    return copied
