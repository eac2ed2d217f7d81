"""Which Python is the app's, and what is said of one that can't be it."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from tests.serve.conftest import python

from uncork.discovery.interpreter import Interpreter, find_interpreter
from uncork.errors import DeclinedError, UncorkError, UsageError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, in a shell in which no environment is active."""
    for name in ("CONDA_PREFIX", "CONDA_DEFAULT_ENV", "UV_PROJECT_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def environment(folder: Path) -> Path:
    """A virtual environment; returns its Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    return folder / "bin" / "python"


@pytest.mark.parametrize("name", [".venv", "venv", "env"])
def test_the_projects_own_environment_is_taken(project: Path, name: str) -> None:
    path = environment(project / name)
    assert find_interpreter(None, project) == Interpreter(path, f"{name} in {project}")


def test_an_environment_above_is_taken_up_to_the_repository(project: Path) -> None:
    path = environment(project / ".venv")
    (project / "sub").mkdir()
    assert find_interpreter(None, project / "sub").source == "PATH"
    (project / ".git").mkdir()
    assert find_interpreter(None, project / "sub").path == path


@pytest.mark.parametrize("variable", ["VIRTUAL_ENV", "CONDA_PREFIX", "UV_PROJECT_ENVIRONMENT"])
def test_an_active_environment_comes_before_the_projects(
    project: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    environment(project / ".venv")
    path = environment(project.parent / "active")
    monkeypatch.setenv(variable, str(project.parent / "active"))
    assert find_interpreter(None, project).path == path


def test_condas_own_environment_is_no_projects(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = environment(project / ".venv")
    environment(project.parent / "base")
    monkeypatch.setenv("CONDA_PREFIX", str(project.parent / "base"))
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "base")
    assert find_interpreter(None, project).path == path


@pytest.mark.parametrize(
    ("file", "tool", "words"),
    [("poetry.lock", "poetry", "env info --executable"), ("Pipfile", "pipenv", "--py")],
)
def test_the_tool_that_keeps_the_environment_is_asked(
    project: Path, monkeypatch: pytest.MonkeyPatch, file: str, tool: str, words: str
) -> None:
    path = environment(project.parent / "elsewhere")
    (project / file).touch()
    tools = project.parent / "tools"
    tools.mkdir()
    (tools / tool).write_text(f'#!/bin/sh\n[ "$*" = "{words}" ] && echo {path}\n')
    (tools / tool).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    assert find_interpreter(None, project) == Interpreter(path, tool)
    (tools / tool).write_text("#!/bin/sh\nexit 1\n")
    assert find_interpreter(None, project).source == "PATH"


def test_pdms_choice_is_read(project: Path) -> None:
    path = environment(project.parent / "elsewhere")
    (project / ".pdm-python").write_text(f"{path}\n")
    assert find_interpreter(None, project) == Interpreter(path, ".pdm-python")


def said(error: UncorkError) -> tuple[str, str, int]:
    """An error's fact, hint and status."""
    return error.fact, error.hint, int(error.status)


def refused(given: str, project: Path) -> tuple[str, str, int]:
    """What is said of an interpreter that was named."""
    with pytest.raises(UncorkError) as caught:
        find_interpreter(given, project).has("uncork")
    return said(caught.value)


def test_one_that_does_not_exist(project: Path) -> None:
    fact, hint, status = refused(str(project / "python"), project)
    assert (fact, status) == (f"there is no {project / 'python'}", 2)
    assert "--python" in hint


def test_a_folder_is_told_with_the_python_in_it(project: Path) -> None:
    environment(project / ".venv")
    folder = str(project / ".venv")
    assert refused(folder, project) == (
        f"{folder} is a folder",
        f"did you mean --python {folder}/bin/python?",
        2,
    )


def test_one_that_is_not_executable(project: Path) -> None:
    (project / "python").write_text("")
    given = str(project / "python")
    assert refused(given, project)[::2] == (f"{given} is not an executable file", 2)


@pytest.mark.parametrize(
    ("script", "fact"),
    [
        ("no program", "can't be run: exec format error"),
        ("#!/nowhere\n", "can't be run: no such file or directory"),
        ("#!/bin/sh\nexit 0\n", "is no working Python"),
        ("#!/bin/sh\necho '[1]'\n", "is no working Python"),
        ("#!/bin/sh\necho broken >&2; exit 1\n", "is no working Python: broken"),
    ],
)
def test_one_that_is_no_python(project: Path, script: str, fact: str) -> None:
    (project / "python").write_text(script)
    (project / "python").chmod(0o755)
    given = str(project / "python")
    assert refused(given, project)[::2] == (f"{given} {fact}", 2)


def test_an_environment_whose_python_has_gone(project: Path) -> None:
    path = environment(project / ".venv")
    for link in (path, path.parent / "python3"):
        link.unlink(missing_ok=True)
    path.symlink_to("python3")
    (path.parent / "python3").symlink_to("/usr/bin/python3.1")
    fact = (
        f"the virtual environment {project / '.venv'} is broken: its Python was "
        "/usr/bin/python3.1, which is gone"
    )
    hint = (
        f"python3 -m venv --clear {project / '.venv'} makes it anew; "
        "then install the app's packages"
    )
    with pytest.raises(UsageError) as caught:
        find_interpreter(None, project)
    assert said(caught.value) == (fact, hint, 2)
    assert refused(str(path), project) == (fact, hint, 2)


def test_a_python_that_talks_when_it_starts_is_understood(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "sitecustomize.py").write_text("print('hello')\n")
    monkeypatch.setenv("PYTHONPATH", str(project))
    assert Interpreter(Path(sys.executable), "").has("json", "nothing_of_this_name") == {
        "json": True,
        "nothing_of_this_name": False,
    }


OLD = {version: path for version in ("2.7", "3.6", "3.8", "3.9") if (path := python(version))}


@pytest.mark.skipif(not OLD, reason="there is no Python older than 3.10 on PATH")
@pytest.mark.parametrize("version", OLD)
def test_one_that_is_too_old(project: Path, version: str) -> None:
    with pytest.raises(DeclinedError) as caught:
        find_interpreter(OLD[version], project).has("uncork")
    fact, hint, status = said(caught.value)
    assert fact.startswith(f"uncork serve needs Python 3.10 or newer, and this app's is {version}.")
    assert "--python" in hint
    assert status == 4


def test_the_runner_itself_says_what_is_too_old(tmp_path: Path) -> None:
    old = OLD.get("3.8") or OLD.get("3.9")
    if old is None:
        pytest.skip("there is no Python 3.8 or 3.9 on PATH")
    from uncork.serve.argv import MAIN  # noqa: PLC0415 - only here

    ended = subprocess.run(
        [old, str(MAIN), "server.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 4
    assert ended.stderr.startswith("error: uncork serve needs Python 3.10 or newer")
