"""Apply makes all of a plan's changes; undo takes them back byte for byte."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from uncork.changes import FileChange
from uncork.errors import ChangedError, InvariantError
from uncork.transaction import apply, history, last_applied, recover, undo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EDIT = FileChange("server.py", b"old\n", b"new\n")
CREATION = FileChange("wsgi.py", None, b"def create_app(): ...\n")
REMOVAL = FileChange("Procfile", b"web: python server.py\n", None)

SnapShot = dict[str, object]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "server.py").write_bytes(b"old\n")
    (folder / "Procfile").write_bytes(b"web: python server.py\n")
    return folder


def test_apply_edits_creates_and_removes(project: Path) -> None:
    applied = apply(project, [EDIT, CREATION, REMOVAL], label="migrate server.py")

    assert (project / "server.py").read_bytes() == b"new\n"
    assert (project / "wsgi.py").read_bytes() == CREATION.after
    assert not (project / "Procfile").exists()
    assert (applied.edited, applied.created, applied.removed) == (
        ("server.py",),
        ("wsgi.py",),
        ("Procfile",),
    )


def test_undo_leaves_no_trace(project: Path, tree_of: Callable[[Path], SnapShot]) -> None:
    before = tree_of(project)
    apply(project, [EDIT, CREATION, REMOVAL], label="migrate")

    undone = undo(project)

    assert undone.applied is not None
    assert tree_of(project) == before


@pytest.mark.parametrize(
    "content",
    [b"a = 1\r\nb = 2\r\n", b"\xef\xbb\xbfa = 1\n", b"a = 1", b"", b"\x00\xff\xfe", b"a\rb\n"],
    ids=["CRLF", "byte order mark", "no final line end", "empty", "no text", "lone CR"],
)
def test_undo_is_exact_whatever_the_bytes(project: Path, content: bytes) -> None:
    (project / "server.py").write_bytes(content)
    apply(project, [FileChange("server.py", content, b"changed")], label="migrate")

    undo(project)

    assert (project / "server.py").read_bytes() == content


@pytest.mark.parametrize("mode", [0o755, 0o600, 0o664, 0o200])
def test_apply_and_undo_keep_the_mode(project: Path, mode: int) -> None:
    script = project / "server.py"
    script.chmod(mode)

    apply(project, [EDIT], label="migrate")
    assert stat.S_IMODE(script.stat().st_mode) == mode
    undo(project)
    assert stat.S_IMODE(script.stat().st_mode) == mode


def test_undo_brings_a_removed_file_back_with_its_mode(project: Path) -> None:
    (project / "Procfile").chmod(0o640)
    apply(project, [REMOVAL], label="tidy")

    undo(project)

    assert stat.S_IMODE((project / "Procfile").stat().st_mode) == 0o640


def test_a_new_file_has_the_mode_that_the_umask_gives(project: Path) -> None:
    old = os.umask(0o027)
    try:
        apply(project, [CREATION], label="migrate")
    finally:
        os.umask(old)
    assert stat.S_IMODE((project / "wsgi.py").stat().st_mode) == 0o640


def test_apply_keeps_extended_attributes(
    project: Path, tree_of: Callable[[Path], SnapShot]
) -> None:
    try:
        os.setxattr(project / "server.py", "user.note", b"mine")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    before = tree_of(project)

    apply(project, [EDIT], label="migrate")
    assert os.getxattr(project / "server.py", "user.note") == b"mine"
    undo(project)
    assert tree_of(project) == before


def test_folders_are_made_and_taken_away_again(
    project: Path, tree_of: Callable[[Path], SnapShot]
) -> None:
    before = tree_of(project)
    apply(project, [FileChange("deploy/nginx/site.conf", None, b"server {}\n")], label="export")
    assert (project / "deploy/nginx/site.conf").read_bytes() == b"server {}\n"

    undo(project)

    assert tree_of(project) == before


def test_undo_keeps_a_folder_that_somebody_else_uses(project: Path) -> None:
    apply(project, [FileChange("deploy/site.conf", None, b"")], label="export")
    (project / "deploy" / "notes.txt").write_text("mine")

    undo(project)

    assert [path.name for path in (project / "deploy").iterdir()] == ["notes.txt"]


def test_several_applies_are_undone_one_after_the_other(project: Path) -> None:
    apply(project, [EDIT], label="first")
    apply(project, [FileChange("server.py", b"new\n", b"newer\n")], label="second")
    assert [applied.label for applied in history(project)] == ["second", "first"]

    second = undo(project)
    assert (project / "server.py").read_bytes() == b"new\n"
    assert (second.applied and second.applied.label, second.left) == ("second", 1)

    first = undo(project)
    assert (project / "server.py").read_bytes() == b"old\n"
    assert (first.applied and first.applied.label, first.left) == ("first", 0)

    assert undo(project).applied is None


def test_last_applied_is_what_a_later_command_compares_with(project: Path) -> None:
    assert last_applied(project) is None
    apply(project, [EDIT, CREATION], label="migrate")

    assert last_applied(project) == (EDIT, CREATION)


def test_a_change_that_changes_nothing_leaves_nothing_to_undo(
    project: Path, tree_of: Callable[[Path], SnapShot]
) -> None:
    before = tree_of(project)

    applied = apply(project, [FileChange("server.py", b"old\n", b"old\n")], label="migrate")

    assert applied.paths == ()
    assert tree_of(project) == before


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        (FileChange("server.py", b"older\n", b"new\n"), "was edited since the plan was made"),
        (FileChange("server.py", None, b"new\n"), "has come into being since the plan was made"),
        (FileChange("gone.py", b"old\n", b"new\n"), "was removed since the plan was made"),
        (FileChange("folder", None, b"new\n"), "has come into being since the plan was made"),
    ],
)
def test_apply_refuses_a_file_that_is_not_what_the_plan_has_seen(
    project: Path, tree_of: Callable[[Path], SnapShot], change: FileChange, fact: str
) -> None:
    (project / "folder").mkdir()
    before = tree_of(project)

    with pytest.raises(ChangedError, match=fact) as caught:
        apply(project, [CREATION, change], label="migrate")

    assert caught.value.place is not None
    assert caught.value.place.path == change.path
    assert tree_of(project) == before


def test_undo_refuses_a_file_that_was_edited_since_and_names_every_one(
    project: Path, tree_of: Callable[[Path], SnapShot]
) -> None:
    apply(project, [EDIT, CREATION, REMOVAL], label="migrate")
    (project / "server.py").write_bytes(b"new\nand mine\n")
    (project / "wsgi.py").unlink()
    (project / "Procfile").write_bytes(b"mine")
    edited = tree_of(project)

    with pytest.raises(ChangedError, match=r"also changed: wsgi\.py, Procfile") as caught:
        undo(project)

    assert caught.value.place is not None
    assert caught.value.place.path == "server.py"
    assert ".uncork/0001/before/server.py" in caught.value.hint
    assert tree_of(project) == edited


def test_undo_works_again_once_the_edit_is_taken_back(project: Path) -> None:
    apply(project, [EDIT], label="migrate")
    (project / "server.py").write_bytes(b"mine\n")
    with pytest.raises(ChangedError):
        undo(project)

    (project / "server.py").write_bytes(b"new\n")
    undo(project)

    assert (project / "server.py").read_bytes() == b"old\n"


def test_the_files_before_can_be_had_without_uncork(project: Path) -> None:
    apply(project, [EDIT], label="migrate")

    assert (project / ".uncork/0001/before/server.py").read_bytes() == b"old\n"


def test_backups_are_private(project: Path) -> None:
    apply(project, [EDIT], label="migrate")

    assert stat.S_IMODE((project / ".uncork/0001").stat().st_mode) == 0o700


def test_a_project_can_be_moved_between_apply_and_undo(project: Path) -> None:
    apply(project, [EDIT], label="migrate")
    moved = project.rename(project.with_name("moved"))

    undo(moved)

    assert (moved / "server.py").read_bytes() == b"old\n"


def test_nothing_was_interrupted_in_a_fresh_project(project: Path) -> None:
    assert recover(project) is None
    assert not (project / ".uncork").exists()


@pytest.mark.parametrize("path", ["/etc/passwd", "../other.py", "", ".uncork/0001/journal.json"])
def test_a_change_outside_of_the_project_is_a_bug_of_ours(project: Path, path: str) -> None:
    with pytest.raises(InvariantError):
        apply(project, [FileChange(path, None, b"")], label="migrate")
