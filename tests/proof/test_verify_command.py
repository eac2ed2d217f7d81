"""``uncork verify`` as it is typed."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from tests.proof.conftest import ENTRY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RunUncork

OLD = """
import argparse
from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return str(args.limit)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int, default=10)
    args = parser.parse_args()
    app.run()
"""
NEW = """
import argparse
from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    return str(app.config["LIMIT"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int, default=app.config["LIMIT"])
    args = parser.parse_args()
    app.config.update(LIMIT=args.limit)
    app.run()
"""
CONFIG = 'import os\n\nLIMIT = int(os.environ.get("FLASK_LIMIT", "10"))\n'
WSGI = "def create_app():\n    from server import app\n\n    return app\n"

pytestmark = pytest.mark.process


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A migrated project, with the old tree beside it in ``old``."""
    folder, old = tmp_path / "project", tmp_path / "old"
    for place in (folder, old):
        place.mkdir()
    (old / "server.py").write_text(OLD)
    (folder / "server.py").write_text(NEW)
    (folder / "config.py").write_text(CONFIG)
    (folder / "wsgi.py").write_text(WSGI)
    return folder


def verify(run_uncork: RunUncork, folder: Path, *arguments: str) -> tuple[int, str, str]:
    done = run_uncork(
        "verify",
        "server.py",
        "--isolation",
        "none",
        "--python",
        sys.executable,
        *arguments,
        cwd=folder,
    )
    return done.returncode, done.stdout, done.stderr


def test_two_trees_are_compared(run_uncork: RunUncork, project: Path) -> None:
    status, said, progress = verify(run_uncork, project, "--against", "../old")
    assert (status, said.splitlines()[0].split(" (")[0]) == (0, f"server.py and {ENTRY}: the same")
    assert "and again with: --limit=11" in said
    assert progress.startswith(f"verify: running server.py and {ENTRY} with ")


def test_a_difference_is_status_6(run_uncork: RunUncork, project: Path) -> None:
    (project / "config.py").write_text(CONFIG.replace('"10"', '"12"'))
    status, said, _ = verify(run_uncork, project, "--against", "../old")
    assert status == 6
    assert "different: GET /: the body said «10» and says now «12»" in said


def test_the_given_command_line_is_what_is_compared(run_uncork: RunUncork, project: Path) -> None:
    (project / "config.py").write_text(CONFIG.replace("FLASK_LIMIT", "FLASK_LIMITS"))
    status, said, _ = verify(run_uncork, project, "--against", "../old", "--args=--limit 7")
    assert status == 6
    assert "GET /: the body said «7» and says now «10»" in said


def test_json_is_one_object(run_uncork: RunUncork, project: Path) -> None:
    status, said, _ = verify(run_uncork, project, "--against", "../old", "--json")
    shown = json.loads(said)
    assert (status, shown["status"], shown["verdict"]) == (0, 0, "the same")
    assert (shown["isolated"], shown["differences"]) == (False, [])


def test_what_an_app_has_written_is_no_difference(run_uncork: RunUncork, project: Path) -> None:
    (project / "visits.db").write_bytes(b"SQLite format 3\0")
    (project / "visits").write_bytes(b"SQLite format 3\0")
    (project / "app.log").write_text("started\n")
    assert verify(run_uncork, project, "--against", "../old")[0] == 0


def test_nothing_to_compare_with_is_wrong_use(run_uncork: RunUncork, project: Path) -> None:
    status, said, progress = verify(run_uncork, project)
    assert (status, said) == (2, "")
    assert progress == (
        f"error: nothing was migrated in {project}\n"
        "hint: name a folder that holds the old tree with --against PATH\n"
    )


def test_a_folder_that_is_not_there_is_wrong_use(run_uncork: RunUncork, project: Path) -> None:
    status, _, progress = verify(run_uncork, project, "--against", "../older")
    assert (status, progress.splitlines()[0]) == (2, "error: there is no folder ../older")


def test_a_script_without_an_entry_point_is_no_app(run_uncork: RunUncork, project: Path) -> None:
    (project / "wsgi.py").unlink()
    status, _, progress = verify(run_uncork, project, "--against", "../old")
    assert status == 3
    assert "error: server.py has no entry point for WSGI servers\nhint: " in progress


def test_the_tree_before_the_last_migration_is_found(run_uncork: RunUncork, project: Path) -> None:
    shutil.copy(project.parent / "old" / "server.py", project / "server.py")
    for name in ("config.py", "wsgi.py"):
        (project / name).unlink()
    written = run_uncork(
        "migrate", "server.py", "--write", "--no-verify", "--python", sys.executable, cwd=project
    )
    assert written.returncode == 0, written.stderr
    before = {path.name: path.read_bytes() for path in project.glob("*.[pt]*")}
    status, said, _ = verify(run_uncork, project)
    assert status == 0, said
    assert {path.name: path.read_bytes() for path in project.glob("*.[pt]*")} == before
