"""``uncork undo`` as people and machines meet it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from uncork.changes import FileChange
from uncork.transaction import apply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import RunUncork

Tree = dict[str, object]

EDIT = FileChange("server.py", b"old\n", b"new\n")
CREATION = FileChange("wsgi.py", None, b"wsgi\n")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "server.py").write_bytes(b"old\n")
    return folder


@pytest.fixture
def applied(project: Path) -> Path:
    apply(project, [EDIT, CREATION], label="migrate server.py")
    return project


def test_nothing_to_undo_is_no_failure(run_uncork: RunUncork, project: Path) -> None:
    said = run_uncork("undo", cwd=project)

    assert (said.returncode, said.stdout) == (0, f"Nothing to undo in {project}.\n")
    assert [path.name for path in project.iterdir()] == ["server.py"]


@pytest.mark.parametrize("target", [[], ["."], ["server.py"], ["wsgi:create_app"], ["gone.py"]])
def test_undo_puts_back_whatever_names_the_project(
    run_uncork: RunUncork, applied: Path, target: list[str]
) -> None:
    said = run_uncork("undo", *target, cwd=applied)

    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout == "Put back server.py.\nRemoved wsgi.py.\n"
    assert [path.name for path in applied.iterdir()] == ["server.py"]


def test_undo_works_from_another_folder_and_on_a_script_that_python_cannot_parse(
    run_uncork: RunUncork, project: Path
) -> None:
    apply(project, [FileChange("server.py", b"old\n", b"def broken(:\n")], label="migrate")

    assert run_uncork("undo", "shop/server.py", cwd=project.parent).returncode == 0

    assert (project / "server.py").read_bytes() == b"old\n"


def test_a_target_that_is_not_there_is_wrong_use(run_uncork: RunUncork, project: Path) -> None:
    said = run_uncork("undo", "sever.py", cwd=project)

    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == "error: there is no sever.py\nhint: did you mean server.py?\n"


def test_an_edited_file_is_named_and_nothing_is_done(
    run_uncork: RunUncork, applied: Path, tree_of: Callable[[Path], Tree]
) -> None:
    (applied / "server.py").write_bytes(b"mine\n")
    before = tree_of(applied)

    said = run_uncork("undo", cwd=applied)

    assert (said.returncode, said.stdout) == (5, "")
    assert said.stderr.startswith("error: server.py: was edited since uncork changed it\nhint: ")
    assert tree_of(applied) == before


def test_an_error_is_json_where_json_was_asked_for(run_uncork: RunUncork, applied: Path) -> None:
    (applied / "wsgi.py").unlink()

    said = run_uncork("undo", "--json", cwd=applied)

    answer = json.loads(said.stdout)
    assert (said.returncode, answer["status"], said.stderr) == (5, 5, "")
    assert answer["error"]["path"] == "wsgi.py"


def test_the_list_shows_what_can_be_undone_and_undoes_nothing(
    run_uncork: RunUncork, applied: Path, tree_of: Callable[[Path], Tree]
) -> None:
    apply(applied, [FileChange("server.py", b"new\n", None)], label="tidy")
    before = tree_of(applied)

    said = run_uncork("undo", "--list", cwd=applied)

    first, second = said.stdout.splitlines()
    assert first.endswith("tidy: removed server.py")
    assert second.endswith("migrate server.py: edited server.py; created wsgi.py")
    assert tree_of(applied) == before


def test_an_empty_list_says_so(run_uncork: RunUncork, project: Path) -> None:
    assert run_uncork("undo", "--list", cwd=project).stdout == f"Nothing to undo in {project}.\n"
    answer = json.loads(run_uncork("undo", "--list", "--json", cwd=project).stdout)
    assert answer["applied"] == []


def test_several_are_undone_one_by_one(run_uncork: RunUncork, applied: Path) -> None:
    apply(applied, [FileChange("server.py", b"new\n", b"newer\n")], label="again")

    assert run_uncork("undo", cwd=applied).stdout == (
        "Put back server.py.\n1 more can be undone: uncork undo --list\n"
    )
    assert run_uncork("undo", cwd=applied).returncode == 0
    assert [path.name for path in applied.iterdir()] == ["server.py"]


def test_json_says_what_was_undone(run_uncork: RunUncork, applied: Path) -> None:
    answer = json.loads(run_uncork("undo", "--json", cwd=applied).stdout)

    when = answer["undone"].pop("when")
    assert when.endswith("+00:00")
    assert answer == {
        "version": 1,
        "command": "undo",
        "status": 0,
        "folder": str(applied),
        "undone": {
            "number": 1,
            "label": "migrate server.py",
            "edited": ["server.py"],
            "created": ["wsgi.py"],
            "removed": [],
        },
        "left": 0,
        "recovered": None,
    }


def test_an_interrupted_apply_is_told_and_rolled_back(run_uncork: RunUncork, applied: Path) -> None:
    # What a kill between the last file and the last rename leaves.
    (applied / ".uncork" / "0001").rename(applied / ".uncork" / "applying")

    said = run_uncork("undo", cwd=applied)

    assert said.stdout == (
        "An interrupted apply (migrate server.py) was rolled back.\n"
        "Put back server.py.\nRemoved wsgi.py.\n"
    )
    assert [path.name for path in applied.iterdir()] == ["server.py"]


def test_the_list_mends_an_interrupted_undo_first(run_uncork: RunUncork, applied: Path) -> None:
    (applied / ".uncork" / "0001").rename(applied / ".uncork" / "undoing")
    (applied / "wsgi.py").unlink()

    said = run_uncork("undo", "--list", cwd=applied)

    assert said.stderr == "an interrupted undo (migrate server.py) was rolled back\n"
    assert "migrate server.py" in said.stdout
    assert (applied / "wsgi.py").read_bytes() == b"wsgi\n"
