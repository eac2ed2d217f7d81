"""Wrong input: each command says the fact, the place and what to type, with its exit status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import RunUncork

APP = "from flask import Flask\n\napp = Flask(__name__)\n"
RUNS = APP + '\nif __name__ == "__main__":\n    app.run()\n'

READERS = ["check", "migrate", "verify"]
"""The commands that read a script's source."""

STARTERS = ["serve", "up"]
"""The commands that start it."""


def error_of(said: object, status: int) -> tuple[str, str]:
    """An error's fact and hint, after checking how it was said."""
    returncode, stdout, stderr = (getattr(said, n) for n in ("returncode", "stdout", "stderr"))
    assert returncode == status, stdout + stderr
    assert stdout == ""
    assert "Traceback" not in stderr
    lines = stderr.splitlines()
    fact = next(line for line in lines if line.startswith("error: "))
    hint = next((line for line in lines if line.startswith("hint: ")), "")
    return fact, hint


@pytest.mark.parametrize("command", [*READERS, *STARTERS])
def test_a_file_that_does_not_exist_is_wrong_use_with_a_near_miss(
    run_uncork: RunUncork, tmp_path: Path, command: str
) -> None:
    (tmp_path / "server.py").write_text(RUNS)
    fact, hint = error_of(run_uncork(command, "sever.py"), 2)
    assert fact == "error: there is no sever.py"
    assert hint == "hint: did you mean server.py?"


@pytest.mark.parametrize("command", [["undo"], ["service", "show"]])
def test_nothing_is_done_for_a_file_that_does_not_exist(
    run_uncork: RunUncork, command: list[str]
) -> None:
    fact, _ = error_of(run_uncork(*command, "nosuch.py"), 2)
    assert fact == "error: there is no nosuch.py"


@pytest.mark.parametrize("command", [*READERS, *STARTERS])
def test_several_candidates_are_listed(run_uncork: RunUncork, tmp_path: Path, command: str) -> None:
    (tmp_path / "one.py").write_text(RUNS)
    (tmp_path / "two.py").write_text(RUNS)
    fact, hint = error_of(run_uncork(command), 2)
    assert "one.py, two.py" in fact
    assert "one.py" in hint


@pytest.mark.parametrize("command", [*READERS, *STARTERS])
def test_a_folder_without_an_app_is_told(run_uncork: RunUncork, command: str) -> None:
    _, hint = error_of(run_uncork(command), 3)
    assert "server.py" in hint


@pytest.mark.parametrize("command", [*READERS, *STARTERS])
def test_a_file_that_is_no_script_is_wrong_use(
    run_uncork: RunUncork, tmp_path: Path, command: str
) -> None:
    (tmp_path / "notes.txt").write_text("not a script\n")
    fact, _ = error_of(run_uncork(command, "notes.txt"), 2)
    assert "notes.txt" in fact


@pytest.mark.parametrize("command", ["check", "migrate"])
def test_a_syntax_error_is_told_with_its_line(
    run_uncork: RunUncork, tmp_path: Path, command: str
) -> None:
    (tmp_path / "server.py").write_text(APP + "def broken(:\n")
    fact, _ = error_of(run_uncork(command, "server.py"), 3)
    assert fact.startswith("error: server.py:4: ")


@pytest.mark.parametrize("command", ["check", "migrate"])
def test_python_2_is_told_as_such(run_uncork: RunUncork, tmp_path: Path, command: str) -> None:
    (tmp_path / "server.py").write_text(RUNS + '    print "stopped"\n')
    fact, hint = error_of(run_uncork(command, "server.py"), 3)
    assert "Python 2" in fact
    assert "2to3" in hint


@pytest.mark.parametrize("command", ["check", "migrate"])
def test_a_script_that_is_no_flask_app_is_told(
    run_uncork: RunUncork, tmp_path: Path, command: str
) -> None:
    (tmp_path / "server.py").write_text("print('hello')\n")
    error_of(run_uncork(command, "server.py"), 3)


def test_check_with_findings_exits_with_1_and_touches_nothing(
    run_uncork: RunUncork, example: Callable[[str], Path]
) -> None:
    folder = example("greeter")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    said = run_uncork("check", cwd=folder)
    assert said.returncode == 1
    assert "server.py:" in said.stdout
    assert "UNC101" in said.stdout
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after == before


def test_check_as_json_is_one_object(run_uncork: RunUncork, example: Callable[[str], Path]) -> None:
    answer = json.loads(run_uncork("check", "--json", cwd=example("greeter")).stdout)
    assert answer["version"] == 1
    assert answer["command"] == "check"
    assert answer["status"] == 1
    assert {"code", "name", "path", "line", "message", "remedy"} <= answer["diagnostics"][0].keys()


@pytest.mark.parametrize("command", READERS)
def test_an_error_under_json_is_the_one_object(run_uncork: RunUncork, command: str) -> None:
    said = run_uncork(command, "nosuch.py", "--json")
    assert said.returncode == 2
    assert json.loads(said.stdout)["error"]["fact"] == "there is no nosuch.py"


def test_the_preview_of_migrate_exits_with_1_and_changes_nothing(
    run_uncork: RunUncork, example: Callable[[str], Path]
) -> None:
    folder = example("greeter")
    before = sorted(path for path in folder.rglob("*"))
    said = run_uncork("migrate", cwd=folder)
    assert said.returncode == 1, said.stderr
    assert "+++" in said.stdout
    assert sorted(path for path in folder.rglob("*")) == before


def test_a_declined_plan_exits_with_4_and_writes_nothing(
    run_uncork: RunUncork, tmp_path: Path
) -> None:
    script = tmp_path / "server.py"
    source = RUNS.replace("    app.run()", "    exec('x = 1')\n    app.run()")
    script.write_text(source)
    said = run_uncork("migrate", "server.py", "--write", "--no-verify")
    assert said.returncode == 4, said.stdout + said.stderr
    assert "UNC2" in said.stdout + said.stderr
    assert script.read_text() == source
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != ".uncork") == [
        "server.py"
    ]


def test_an_entry_of_another_form_is_wrong_use(run_uncork: RunUncork, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(RUNS)
    fact, hint = error_of(run_uncork("migrate", "server.py", "--entry", "createApp"), 2)
    assert "MODULE:FACTORY" in fact
    assert "wsgi:create_app" in hint


def test_undo_without_a_migration_has_nothing_to_do(run_uncork: RunUncork, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(RUNS)
    said = run_uncork("undo", "server.py")
    assert said.returncode == 0
    assert said.stdout.startswith("Nothing to undo")


def test_undo_refuses_what_was_edited_since_and_names_it(
    run_uncork: RunUncork, example: Callable[[str], Path]
) -> None:
    folder = example("greeter")
    assert run_uncork("migrate", "--write", "--no-verify", cwd=folder).returncode == 0
    with (folder / "config.py").open("a") as file:
        file.write("# edited\n")
    fact, _ = error_of(run_uncork("undo", cwd=folder), 5)
    assert "config.py" in fact


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_serve_refuses_a_port_that_is_none(
    run_uncork: RunUncork, tmp_path: Path, port: str
) -> None:
    (tmp_path / "server.py").write_text(RUNS)
    error_of(run_uncork("serve", "server.py", "--port", port), 2)


def test_serve_refuses_an_interpreter_that_is_none(run_uncork: RunUncork, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(RUNS)
    fact, _ = error_of(run_uncork("serve", "server.py", "--python", "nosuch/python"), 2)
    assert "nosuch/python" in fact


def test_up_without_a_terminal_and_without_yes_is_wrong_use_and_changes_nothing(
    run_uncork: RunUncork, example: Callable[[str], Path]
) -> None:
    folder = example("greeter")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    _, hint = error_of(run_uncork("up", cwd=folder), 2)
    assert "--yes" in hint
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after == before


def test_a_missing_script_is_told_before_a_missing_systemd(run_uncork: RunUncork) -> None:
    ended = run_uncork("service", "install", "nosuch.py", "--yes")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: there is no nosuch.py\n")
