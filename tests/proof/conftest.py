"""Small apps before and after a migration, and verify with one call."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import pytest

from uncork.changes import FileChange
from uncork.proof.runs import verify_change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.conftest import RequireTier

    from uncork.proof.report import Report

ENTRY = "wsgi:create_app"

WSGI = """
def create_app():
    from server import app, init_app

    init_app()
    return app
"""


def namespaces_are_missing() -> str:
    """Why this machine has no namespaces for us; empty, it has."""
    flags = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = [
        "unshare",
        *flags,
        "--mount",
        "--net",
        "--pid",
        "--fork",
        "mount",
        "-t",
        "tmpfs",
        "x",
        "/mnt",
    ]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    return tried.stderr.strip() if tried.returncode else ""


@dataclass
class Trees:
    """A folder with an app, and what a migration makes of it.

    Args:
        folder: where the old tree stands.
        old: its files.
        new: the migrated files; a file that is not named stays as it is.
        said: the progress lines of the verifications.
    """

    folder: Path
    old: Mapping[str, str]
    new: Mapping[str, str]
    said: list[str] = field(default_factory=list)

    @property
    def changes(self) -> list[FileChange]:
        """The difference between the trees."""
        return [
            FileChange(
                name, self.old[name].encode() if name in self.old else None, content.encode()
            )
            for name, content in self.new.items()
            if self.old.get(name) != content
        ]

    def verify(
        self,
        *arguments: str,
        settings: Mapping[str, str] | None = None,
        variants: Sequence[tuple[tuple[str, ...], Mapping[str, str]]] = (),
        isolation: Literal["auto", "none"] = "auto",
        seconds: int = 30,
    ) -> Report:
        """Verify what stands in the folder."""
        return verify_change(
            self.folder,
            "server.py",
            self.changes,
            ENTRY,
            Path(sys.executable),
            arguments=arguments,
            settings=settings,
            variants=variants,
            isolation=isolation,
            progress=self.said.append,
            seconds=seconds,
        )


class MakeTrees(Protocol):
    """Writes an old tree to disk and remembers the new one."""

    def __call__(self, old: Mapping[str, str], new: Mapping[str, str]) -> Trees: ...


@pytest.fixture
def trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeTrees:
    """Make a project of its own, with a HOME of its own beside it."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "kept").write_text("as it was")
    monkeypatch.setenv("HOME", str(home))
    # Inside an isolation, coverage of the app's interpreter has no place to write to.
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)

    def make(old: Mapping[str, str], new: Mapping[str, str]) -> Trees:
        folder = tmp_path / "project"
        for name, content in old.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return Trees(folder, old, new)

    return make


@pytest.fixture
def isolated(require_tier: RequireTier) -> None:
    """Skip, loudly, where there are no namespaces."""
    if reason := namespaces_are_missing():
        require_tier("isolation", reason)
