"""The golden cases: ``tests/codemods/NAME/CASE`` holds ``before``, perhaps ``after``, perhaps more.

- ``before/``: the user's files. The script is server.py, or the only one that runs an app.
- ``after/``: what they become, byte for byte. Without it nothing is changed.
- ``diagnostics``: a line ``CODE path[:line] message`` for each diagnostic of the plan.
- ``entry``: what ``--entry`` was given.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from uncork.analysis.runner import runs_an_app
from uncork.source.file import SourceFile
from uncork.source.project import Project

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    folder: Path

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def project(self) -> Project:
        return project_of(read_tree(self.folder / "before"))

    @property
    def after(self) -> dict[PurePosixPath, bytes] | None:
        path = self.folder / "after"
        return read_tree(path) if path.is_dir() else None

    @property
    def diagnostics(self) -> list[str]:
        path = self.folder / "diagnostics"
        return path.read_text().splitlines() if path.is_file() else []

    @property
    def entry(self) -> str | None:
        path = self.folder / "entry"
        return path.read_text().strip() if path.is_file() else None


def project_of(contents: dict[PurePosixPath, bytes]) -> Project:
    script = PurePosixPath("server.py")
    if script not in contents:
        sources = (SourceFile(path, c) for path, c in contents.items() if path.suffix == ".py")
        script = next(source.path for source in sources if runs_an_app(source))
    return Project(script, contents, frozenset(path.parts[0] for path in contents))


def read_tree(folder: Path) -> dict[PurePosixPath, bytes]:
    return {
        PurePosixPath(path.relative_to(folder).as_posix()): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def cases() -> list[Case]:
    return [Case(path.parent) for path in sorted(HERE.glob("*/*/before"))]
