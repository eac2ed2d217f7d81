"""Links, owners, read-only files: kept as they are, or refused; never damaged."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from uncork.changes import FileChange
from uncork.errors import DeclinedError, SystemRefusedError, UncorkError
from uncork.transaction import apply, recover, undo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Tree = dict[str, object]

EDIT = FileChange("server.py", b"old\n", b"new\n")
CREATION = FileChange("wsgi.py", None, b"wsgi\n")
SOMEBODY, SOMEBODY_ELSE = 12345, 12346

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "server.py").write_bytes(b"old\n")
    return folder


def test_a_link_stays_a_link_and_its_target_is_changed(
    project: Path, tree_of: Callable[[Path], Tree]
) -> None:
    (project / "versions").mkdir()
    (project / "server.py").rename(project / "versions" / "2.py")
    (project / "server.py").symlink_to("versions/2.py")
    before = tree_of(project)

    apply(project, [EDIT], label="migrate")
    assert (project / "server.py").readlink() == Path("versions/2.py")
    assert (project / "versions" / "2.py").read_bytes() == b"new\n"

    undo(project)
    assert tree_of(project) == before


def test_a_project_behind_a_link_is_a_project(project: Path) -> None:
    link = project.with_name("current")
    link.symlink_to("project")

    apply(link, [EDIT, CREATION], label="migrate")
    undo(project)

    assert (project / "server.py").read_bytes() == b"old\n"


@pytest.mark.parametrize("change", [EDIT, CREATION], ids=["edit", "creation"])
def test_a_link_that_leaves_the_project_is_refused(
    project: Path, change: FileChange, tree_of: Callable[[Path], Tree]
) -> None:
    shared = project.with_name("shared.py")
    if change.before:
        shared.write_bytes(change.before)
    (project / change.path).unlink(missing_ok=True)
    (project / change.path).symlink_to("../shared.py")
    before = tree_of(project.parent)

    with pytest.raises(DeclinedError, match=r"shared.py, which is outside of the project"):
        apply(project, [change], label="migrate")

    assert tree_of(project.parent) == before


def test_a_folder_that_leads_out_of_the_project_is_refused(project: Path) -> None:
    (project.parent / "shared").mkdir()
    (project / "deploy").symlink_to("../shared")

    with pytest.raises(DeclinedError):
        apply(project, [FileChange("deploy/site.conf", None, b"")], label="export")

    assert list((project.parent / "shared").iterdir()) == []


def test_two_names_of_one_file_are_refused(project: Path) -> None:
    (project / "again.py").symlink_to("server.py")

    with pytest.raises(DeclinedError, match="second name"):
        apply(project, [EDIT, FileChange("again.py", b"old\n", b"other\n")], label="migrate")


def test_hard_links_are_not_parted(project: Path, tree_of: Callable[[Path], Tree]) -> None:
    (project / "copy.py").hardlink_to(project / "server.py")
    before = tree_of(project)

    with pytest.raises(DeclinedError, match="2 hard links") as caught:
        apply(project, [EDIT], label="migrate")
    assert tree_of(project) == before

    hint = caught.value.hint.partition(": ")[2]
    assert os.waitstatus_to_exitcode(os.system(f"cd '{project}' && {hint}")) == 0  # noqa: S605
    apply(project, [EDIT], label="migrate")
    assert (project / "copy.py").read_bytes() == b"old\n"


def test_a_read_only_file_is_refused_by_root_as_well(
    project: Path, tree_of: Callable[[Path], Tree]
) -> None:
    (project / "server.py").chmod(0o444)
    before = tree_of(project)

    with pytest.raises(SystemRefusedError, match="read-only") as caught:
        apply(project, [CREATION, EDIT], label="migrate")

    assert caught.value.hint == "chmod u+w server.py"
    assert tree_of(project) == before


def test_undo_refuses_a_file_that_was_made_read_only_since(project: Path) -> None:
    apply(project, [EDIT], label="migrate")
    (project / "server.py").chmod(0o444)

    with pytest.raises(SystemRefusedError, match="read-only"):
        undo(project)

    (project / "server.py").chmod(0o644)
    undo(project)
    assert (project / "server.py").read_bytes() == b"old\n"


def test_special_mode_bits_are_refused(project: Path) -> None:
    (project / "server.py").chmod(0o4755)

    with pytest.raises(DeclinedError, match="special mode bits"):
        apply(project, [EDIT], label="migrate")


def test_a_link_in_the_place_of_the_journal_is_refused(project: Path) -> None:
    (project.parent / "elsewhere").mkdir()
    (project / ".uncork").symlink_to("../elsewhere")

    with pytest.raises(SystemRefusedError, match="symbolic link"):
        apply(project, [EDIT], label="migrate")

    assert list((project.parent / "elsewhere").iterdir()) == []


def test_a_damaged_backup_is_not_put_back(project: Path) -> None:
    apply(project, [EDIT], label="migrate")
    (project / ".uncork/0001/before/server.py").write_bytes(b"rotten\n")

    with pytest.raises(SystemRefusedError, match=r"server.py is not the copy that was made"):
        undo(project)

    assert (project / "server.py").read_bytes() == b"new\n"


@needs_root
def test_root_gives_every_file_to_whom_it_belongs(
    project: Path, tree_of: Callable[[Path], Tree]
) -> None:
    os.chown(project, SOMEBODY, SOMEBODY)
    os.chown(project / "server.py", SOMEBODY_ELSE, SOMEBODY)
    before = tree_of(project)

    apply(project, [EDIT, FileChange("deploy/site.conf", None, b"")], label="migrate")

    owners = {
        path.relative_to(project).as_posix(): (path.stat().st_uid, path.stat().st_gid)
        for path in project.rglob("*")
    }
    assert owners.pop("server.py") == (SOMEBODY_ELSE, SOMEBODY)
    assert ".uncork/0001/before/server.py" in owners
    assert set(owners.values()) == {(SOMEBODY, SOMEBODY)}
    undo(project)
    assert tree_of(project) == before


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that other users can enter, which pytest's own is not; it belongs to nobody."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "server.py").write_bytes(b"old\n")
        folder.chmod(0o777)
        yield folder


def as_somebody(action: Callable[[], object]) -> str:
    """What a child that is no root says: an error's fact, or nothing."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(SOMEBODY)
            os.setuid(SOMEBODY)
            action()
        except UncorkError as error:
            os.write(write, f"{type(error).__name__}: {error.fact}".encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as answer:
        return answer.read()


@needs_root
def test_a_file_of_somebody_else_is_refused_rather_than_taken_over(
    reachable: Path, tree_of: Callable[[Path], Tree]
) -> None:
    (reachable / "server.py").chmod(0o666)
    before = tree_of(reachable)

    said = as_somebody(lambda: apply(reachable, [CREATION, EDIT], label="migrate"))

    assert said == "SystemRefusedError: belongs to root, and would belong to user 12345 afterwards"
    assert tree_of(reachable) == before


@needs_root
def test_a_file_of_a_group_that_one_is_not_in_is_refused(
    reachable: Path, tree_of: Callable[[Path], Tree]
) -> None:
    os.chown(reachable / "server.py", SOMEBODY, SOMEBODY_ELSE)
    before = tree_of(reachable)

    said = as_somebody(lambda: apply(reachable, [EDIT], label="migrate"))

    assert "belongs to the group 12346" in said
    assert tree_of(reachable) == before


@needs_root
def test_a_folder_that_one_cannot_write_to_is_refused(
    reachable: Path, tree_of: Callable[[Path], Tree]
) -> None:
    os.chown(reachable / "server.py", SOMEBODY, SOMEBODY)
    reachable.chmod(0o755)
    before = tree_of(reachable)

    said = as_somebody(lambda: apply(reachable, [EDIT], label="migrate"))

    assert said == "SystemRefusedError: permission denied"
    assert tree_of(reachable) == before


@needs_root
def test_reading_commands_work_in_a_project_that_somebody_else_migrated(reachable: Path) -> None:
    apply(reachable, [EDIT], label="migrate")

    assert as_somebody(lambda: recover(reachable)) == ""
