"""The settings file: ``[tool.uncork]`` of pyproject.toml, or uncork.toml."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uncork.errors import Place, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import ModuleType

PROJECT_FILE, OWN_FILE = "pyproject.toml", "uncork.toml"

_TABLE = re.compile(rb"^\s*\[\s*tool\s*\.\s*uncork\b", re.MULTILINE)


@dataclass(frozen=True)
class Settings:
    """What a settings file says.

    Args:
        path: the file, absolute.
        table: the table's name in it as people write it, for messages; may be empty.
        values: its keys; a table in it belongs to the command of its name.
    """

    path: Path
    table: str
    values: Mapping[str, Any]


def find_settings(folder: Path) -> Settings | None:
    """The settings that are nearest to a folder, up to the repository's root.

    Outside of a repository only the folder itself is looked at: a file further up
    could be anybody's. Of one folder's two files, uncork.toml is the one that counts.

    Raises:
        UsageError: the file can't be read as TOML.
    """
    for place in _folders(folder):
        own = place / OWN_FILE
        if own.is_file():
            return _own(own)
        project = place / PROJECT_FILE
        if project.is_file() and (found := _project(project)):
            return found
    return None


def _folders(folder: Path) -> list[Path]:
    folders = [folder, *folder.parents]
    for count, place in enumerate(folders, 1):
        if (place / ".git").exists():
            return folders[:count]
    return [folder]


def _own(path: Path) -> Settings:
    values = _load(path, path.read_bytes())
    nested = values.get("tool", {})
    if isinstance(nested, dict) and "uncork" in nested:
        # The table of a pyproject.toml, moved here as it was.
        if set(values) != {"tool"} or set(nested) != {"uncork"}:
            raise UsageError(
                "has keys both in [tool.uncork] and outside of it",
                place=Place(str(path)),
                hint="put them all at the top",
            )
        return _table(path, "tool.uncork", nested["uncork"])
    return Settings(path, "", values)


def _project(path: Path) -> Settings | None:
    content = path.read_bytes()
    # Most files name no uncork, and then a mistake in one is none of our business.
    if b"uncork" not in content:
        return None
    if _toml() is None and not _TABLE.search(content):
        return None
    tool = _load(path, content).get("tool", {})
    if not isinstance(tool, dict) or "uncork" not in tool:
        return None
    return _table(path, "tool.uncork", tool["uncork"])


def _table(path: Path, name: str, values: object) -> Settings:
    if not isinstance(values, dict):
        raise UsageError(f"{name} is not a table", place=Place(str(path)), hint=f"write [{name}]")
    return Settings(path, name, values)


def _load(path: Path, content: bytes) -> dict[str, Any]:
    toml = _toml()
    if toml is None:
        raise UsageError(
            "settings can't be read: this Python has no TOML reader",
            place=Place(str(path)),
            hint="pip install tomli, or run uncork on Python 3.11 or later",
        )
    try:
        values: dict[str, Any] = toml.loads(content.decode())
    except ValueError as error:
        raise UsageError(f"is not TOML: {error}", place=Place(str(path))) from error
    return values


def _toml() -> ModuleType | None:
    """Python's own reader since 3.11, or tomli, from which it came (PEP 680)."""
    for name in ("tomllib", "tomli"):
        try:
            return importlib.import_module(name)
        except ImportError:  # noqa: PERF203 - two rounds
            continue
    return None
