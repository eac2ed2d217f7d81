"""The files that checks look at: those of the running app, and not its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from uncork.analysis.facts import Facts
    from uncork.source.file import SourceFile

_FOLDERS = {"test", "tests", "testing", "mytests"}


def app_sources(facts: Facts) -> list[SourceFile]:
    """The script and what it imports.

    Where modules are imported by names that the app computes, every file may be one;
    tests are none of them even so.
    """
    return [s for s in facts.sources if s is facts.file or not _is_test(s.path)]


def _is_test(path: PurePosixPath) -> bool:
    name = path.stem
    in_folder = not _FOLDERS.isdisjoint(path.parent.parts)
    return in_folder or name == "conftest" or name.startswith("test_") or name.endswith("_test")
