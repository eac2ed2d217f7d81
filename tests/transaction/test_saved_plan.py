"""A plan that was written down is applied exactly, or refused."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from uncork.changes import FileChange, plan_from_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import RunUncork

Tree = dict[str, object]

SCRIPT = """\
from flask import Flask

app = Flask(__name__)
names = None


@app.route("/")
def index():
    return names


if __name__ == "__main__":
    names = open("names.txt").read()
    app.run()
"""
WRITE = ("--write", "--no-verify")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "server.py").write_text(SCRIPT)
    return folder


@pytest.fixture
def plan(project: Path, run_uncork: RunUncork) -> Path:
    """A plan beside the project."""
    said = run_uncork("migrate", "--json", cwd=project)
    assert said.returncode == 1
    path = project.with_name("plan.json")
    path.write_text(said.stdout)
    return path


def changed(plan: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what a plan says."""
    value = json.loads(plan.read_text())
    change(value)
    plan.write_text(json.dumps(value))


def test_it_is_shown_as_it_was_made_and_nothing_is_written(
    project: Path, plan: Path, run_uncork: RunUncork, tree_of: Callable[[Path], Tree]
) -> None:
    before = tree_of(project)

    said = run_uncork("migrate", "--plan", plan, cwd=project)

    assert (said.returncode, said.stderr) == (1, "")
    assert said.stdout == run_uncork("migrate", cwd=project).stdout
    assert json.loads(run_uncork("migrate", "--plan", plan, "--json", cwd=project).stdout) == (
        json.loads(plan.read_text())
    )
    assert tree_of(project) == before


def test_its_bytes_are_written_and_no_others(
    project: Path, plan: Path, run_uncork: RunUncork, tree_of: Callable[[Path], Tree]
) -> None:
    # Nobody would plan this: it can only come from the file.
    content = b"\xff\x00 what was agreed upon\r\n"

    def change(value: dict[str, Any]) -> None:
        value["changes"][0]["after"] = base64.b64encode(content).decode()

    changed(plan, change)
    before = tree_of(project)
    wanted = plan_from_json(json.loads(plan.read_text())).changes

    said = run_uncork("migrate", "--plan", plan, *WRITE, cwd=project)

    assert said.returncode == 0, said.stderr
    assert wanted[0] == FileChange("server.py", SCRIPT.encode(), content)
    for file in wanted:
        assert (project / file.path).read_bytes() == file.after
    assert run_uncork("undo", cwd=project).returncode == 0
    assert tree_of(project) == before


def test_it_is_found_from_another_folder(project: Path, plan: Path, run_uncork: RunUncork) -> None:
    said = run_uncork("migrate", "shop/server.py", "--plan", plan.name, *WRITE, cwd=project.parent)
    assert said.returncode == 0, said.stderr
    assert (project / "wsgi.py").exists()


@pytest.mark.parametrize("options", [(), WRITE], ids=["preview", "write"])
def test_a_file_that_was_edited_since_is_named_and_nothing_is_written(
    options: tuple[str, ...],
    project: Path,
    plan: Path,
    run_uncork: RunUncork,
    tree_of: Callable[[Path], Tree],
) -> None:
    (project / "wsgi.py").write_text("mine\n")
    before = tree_of(project)

    said = run_uncork("migrate", "--plan", plan, *options, cwd=project)

    assert said.returncode == 5
    assert said.stderr == (
        "error: wsgi.py: is not what it was when the plan was made\n"
        "hint: make a new plan: uncork migrate\n"
    )
    assert tree_of(project) == before


def test_a_plan_for_another_script_is_refused(
    project: Path, plan: Path, run_uncork: RunUncork
) -> None:
    (project / "other.py").write_text(SCRIPT)
    said = run_uncork("migrate", "other.py", "--plan", plan, *WRITE, cwd=project)
    assert said.returncode == 2
    assert "the plan is for server.py, and not for other.py" in said.stderr


def test_an_entry_comes_too_late(project: Path, plan: Path, run_uncork: RunUncork) -> None:
    said = run_uncork("migrate", "--plan", plan, "--entry", "app:createApp", cwd=project)
    assert said.returncode == 2
    assert "--entry comes too late" in said.stderr


def test_a_declined_plan_stays_declined(project: Path, run_uncork: RunUncork) -> None:
    (project / "server.py").write_text(SCRIPT.replace("names = open", "exec('n = 1'); n = open"))
    said = run_uncork("migrate", "--json", cwd=project)
    assert said.returncode == 4
    path = project.with_name("plan.json")
    path.write_text(said.stdout)

    again = run_uncork("migrate", "--plan", path, *WRITE, "--json", cwd=project)

    assert (again.returncode, again.stdout) == (4, said.stdout)
    assert [entry.name for entry in project.iterdir()] == ["server.py"]


def _elsewhere(value: dict[str, Any]) -> None:
    value["changes"][1]["path"] = "../elsewhere.py"


def _newer(value: dict[str, Any]) -> None:
    value["version"] = 2


def _other_command(value: dict[str, Any]) -> None:
    value["command"] = "check"


def _no_changes(value: dict[str, Any]) -> None:
    del value["changes"]


def _no_base64(value: dict[str, Any]) -> None:
    value["changes"][0]["after"] = "?"


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        (_elsewhere, "'../elsewhere.py' is no path inside a project"),
        (_newer, "its version is 2 and not 1"),
        (_other_command, "it is no output of uncork migrate --json"),
        (_no_changes, "it lacks 'changes'"),
        (_no_base64, "base64"),
    ],
)
def test_what_is_no_plan_is_wrong_use(
    change: Callable[[dict[str, Any]], None],
    fact: str,
    project: Path,
    plan: Path,
    run_uncork: RunUncork,
    tree_of: Callable[[Path], Tree],
) -> None:
    changed(plan, change)
    before = tree_of(project)

    said = run_uncork("migrate", "--plan", plan, *WRITE, cwd=project)

    assert said.returncode == 2
    assert "plan.json holds no plan: " in said.stderr
    assert fact in said.stderr
    assert tree_of(project) == before


def test_a_file_that_is_not_there_is_wrong_use(project: Path, run_uncork: RunUncork) -> None:
    said = run_uncork("migrate", "--plan", "gone.json", cwd=project)
    assert said.returncode == 2
    assert "gone.json can't be read: No such file or directory" in said.stderr
