"""The guard for uncommitted changes sees what `git diff` would mix with uncork's changes."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from uncork.changes import FileChange
from uncork.discovery.git import dirty_files
from uncork.errors import SystemRefusedError
from uncork.transaction import apply

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_configuration_of_the_developer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def make_repository(folder: Path) -> Path:
    """A repository with a project in a folder of its own, all committed."""
    project = folder / "apps" / "shop"
    project.mkdir(parents=True)
    (project / "server.py").write_text("old\n")
    (project / "süß name.py").write_text("old\n")
    (folder / "README.md").write_text("old\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "first")
    return project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repository")


def test_a_clean_tree_has_no_dirty_files(project: Path) -> None:
    assert dirty_files(project) == ()


def test_a_changed_file_is_dirty_staged_or_not(project: Path) -> None:
    (project / "server.py").write_text("new\n")
    assert dirty_files(project) == ("server.py",)
    git(project, "add", ".")
    assert dirty_files(project) == ("server.py",)


def test_a_deleted_and_a_renamed_file_are_dirty(project: Path) -> None:
    git(project, "mv", "server.py", "main.py")
    (project / "süß name.py").unlink()

    assert set(dirty_files(project)) == {"server.py", "main.py", "süß name.py"}


def test_changes_outside_of_the_project_do_not_count(project: Path) -> None:
    (project.parent.parent / "README.md").write_text("new\n")

    assert dirty_files(project) == ()


def test_an_untracked_file_counts_only_if_the_plan_changes_it(project: Path) -> None:
    (project / "scratch.py").write_text("")
    (project / "views").mkdir()
    (project / "views" / "home.py").write_text("")

    assert dirty_files(project) == ()
    assert dirty_files(project, ["server.py", "wsgi.py"]) == ()
    assert dirty_files(project, ["server.py", "views/home.py"]) == ("views/home.py",)


def test_ignored_files_do_not_count(project: Path) -> None:
    (project / ".gitignore").write_text("secret.py\n")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "-m", "ignore")
    (project / "secret.py").write_text("")

    assert dirty_files(project, ["secret.py"]) == ()


def test_the_journal_is_no_dirty_file_and_invisible_to_git(project: Path) -> None:
    apply(project, [FileChange("server.py", b"old\n", b"new\n")], label="migrate")
    git(project, "commit", "--quiet", "-a", "-m", "migrated")

    assert dirty_files(project, [".uncork/0001/journal.json"]) == ()
    status = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"],
        cwd=project,
        check=True,
        capture_output=True,
    )
    assert status.stdout == b""


def test_without_a_repository_nothing_is_dirty(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text("")

    assert dirty_files(tmp_path, ["server.py"]) == ()


def test_without_git_nothing_is_dirty(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "server.py").write_text("new\n")
    monkeypatch.setenv("PATH", str(project))

    assert dirty_files(project) == ()


def test_a_broken_repository_is_an_error_and_not_a_clean_tree(project: Path) -> None:
    (project.parent.parent / ".git" / "HEAD").write_text("rubbish")
    (project.parent.parent / ".git" / "config").write_text("[rubbish")

    with pytest.raises(SystemRefusedError, match="git can't say what has changed") as caught:
        dirty_files(project)

    assert "--allow-dirty" in caught.value.hint


def test_asking_writes_nothing(project: Path) -> None:
    index = project.parent.parent / ".git" / "index"
    os.utime(project / "server.py")
    before = (index.read_bytes(), index.stat().st_mtime_ns)

    dirty_files(project)

    assert (index.read_bytes(), index.stat().st_mtime_ns) == before


@pytest.fixture
def somebodys_project() -> Iterator[Path]:
    """A project of another user, where that user can reach it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        project = make_repository(folder / "repository")
        for path in (folder / "repository", *(folder / "repository").rglob("*")):
            os.chown(path, 12345, 12345)
        yield project


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_sees_the_changes_in_somebody_else_s_repository(somebodys_project: Path) -> None:
    assert dirty_files(somebodys_project) == ()
    (somebodys_project / "server.py").write_text("new\n")
    assert dirty_files(somebodys_project) == ("server.py",)


def test_asking_runs_no_program_that_a_repository_names(project: Path, tmp_path: Path) -> None:
    program = f"touch {tmp_path / 'ran'}; false"
    (project / "server.py").write_text("new\n")
    git(project, "config", "core.fsmonitor", program)
    git(project, "status")
    assert (tmp_path / "ran").exists(), "this git runs no such program, so there is nothing to see"
    (tmp_path / "ran").unlink()

    assert dirty_files(project) == ("server.py",)
    assert not (tmp_path / "ran").exists()
