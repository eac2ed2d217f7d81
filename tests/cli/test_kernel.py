"""The kernel: one place shows results and errors, and one place exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
import pytest

from uncork import __version__
from uncork.cli import COMMANDS
from uncork.cli.kernel import Console, command, run
from uncork.errors import (
    ChangedError,
    DeclinedError,
    ExitStatus,
    InvariantError,
    NotProvedError,
    Place,
    SourceError,
    SystemRefusedError,
    UncorkError,
    UsageError,
)
from uncork.render import json_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import RunUncork


@dataclass(frozen=True)
class Greeting:
    """A result for these tests."""

    text: str
    status: ExitStatus = ExitStatus.DONE


@text_of.register
def _(greeting: Greeting) -> str:
    return greeting.text


@json_of.register
def _(greeting: Greeting) -> dict[str, Any]:
    return {"text": greeting.text}


def group_of(function: Callable[[Console], Greeting]) -> click.Group:
    """A command line whose one command, greet, is this function."""

    @click.group()
    @click.option("--debug", is_flag=True)
    def group(debug: bool) -> None:
        del debug

    @group.command("greet")
    @click.option("--json", is_flag=True)
    @command
    def greet(console: Console) -> Greeting:
        return function(console)

    del greet
    return group


def status_of(group: click.Group, *arguments: str) -> int:
    """The exit status of a run."""
    with pytest.raises(SystemExit) as leaving:
        run(group, list(arguments))
    assert isinstance(leaving.value.code, int)
    return leaving.value.code


def raising(error: BaseException) -> click.Group:
    """A command line whose command raises."""

    def function(_console: Console) -> Greeting:
        raise error

    return group_of(function)


def test_a_result_is_printed_once_and_its_status_is_the_exit_status(
    capsys: pytest.CaptureFixture[str],
) -> None:
    group = group_of(lambda _: Greeting("hello", ExitStatus.PENDING))
    assert status_of(group, "greet") == 1
    assert capsys.readouterr() == ("hello\n", "")


def test_a_result_without_text_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(group_of(lambda _: Greeting("")), "greet") == 0
    assert capsys.readouterr() == ("", "")


def test_under_json_stdout_is_one_object_with_a_version(capsys: pytest.CaptureFixture[str]) -> None:
    def function(console: Console) -> Greeting:
        console.progress("working")
        return Greeting("hello")

    assert status_of(group_of(function), "greet", "--json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {"version": 1, "command": "greet", "status": 0, "text": "hello"}
    assert err == "working\n"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (UsageError, 2),
        (SourceError, 3),
        (DeclinedError, 4),
        (InvariantError, 4),
        (ChangedError, 5),
        (SystemRefusedError, 7),
        (NotProvedError, 8),
    ],
)
def test_each_kind_of_error_has_its_exit_status(kind: type[UncorkError], status: int) -> None:
    assert status_of(raising(kind("no")), "greet") == status


def test_an_error_is_a_place_a_fact_and_a_hint_on_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = SourceError("no app here", place=Place("server.py", 3), hint="uncork check")
    status_of(raising(error), "greet")
    assert capsys.readouterr() == ("", "error: server.py:3: no app here\nhint: uncork check\n")


def test_under_json_an_error_is_the_one_object_on_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = SourceError("no app here", place=Place("server.py", 3), hint="uncork check")
    assert status_of(raising(error), "greet", "--json") == 3
    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "version": 1,
        "command": "error",
        "status": 3,
        "error": {
            "kind": "SourceError",
            "fact": "no app here",
            "path": "server.py",
            "line": 3,
            "hint": "uncork check",
        },
    }
    assert err == ""


def test_the_traceback_of_an_error_is_shown_only_under_debug(
    capsys: pytest.CaptureFixture[str],
) -> None:
    group = raising(SourceError("no app here"))
    status_of(group, "greet")
    assert "Traceback" not in capsys.readouterr().err
    status_of(group, "--debug", "greet")
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_ends_with_the_status_that_shells_expect(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(raising(error), "greet") == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_question_without_a_terminal_is_wrong_use_and_names_the_flag(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def function(console: Console) -> Greeting:
        console.confirm("apply this plan", flag="--write")
        return Greeting("applied")

    assert status_of(group_of(function), "greet") == 2
    assert "--write" in capsys.readouterr().err


def test_a_reader_that_leaves_early_ends_the_command_without_noise(
    clean_env: dict[str, str],
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer) as gone:
        said = subprocess.run(
            [sys.executable, "-m", "uncork", "explain"],
            stdout=gone,
            stderr=subprocess.PIPE,
            env=clean_env,
            text=True,
            timeout=60,
            check=False,
        )
    assert said.returncode == 1
    assert said.stderr == ""


def test_the_commands_are_listed_without_importing_one(run_uncork: RunUncork) -> None:
    shown = run_uncork("--help")
    assert shown.returncode == 0
    for name, does in COMMANDS.items():
        assert name in shown.stdout
        assert " ".join(does.split()[:4]) in shown.stdout


def test_without_a_command_the_help_is_shown(run_uncork: RunUncork) -> None:
    shown = run_uncork()
    assert "Usage: uncork" in shown.stdout + shown.stderr


def test_the_version_is_told(run_uncork: RunUncork) -> None:
    assert run_uncork("--version").stdout == f"uncork, version {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        (["chek"], "no such command 'chek'"),
        (["--nosuch"], "no such option"),
        (["explain", "--nosuch"], "no such option"),
        (["explain", "UNC101", "UNC102"], "got unexpected extra argument"),
    ],
)
def test_wrong_use_says_the_fact_and_what_to_type(
    run_uncork: RunUncork, arguments: list[str], fact: str
) -> None:
    said = run_uncork(*arguments)
    assert said.returncode == 2
    assert said.stdout == ""
    lines = said.stderr.splitlines()
    assert lines[0].startswith(f"error: {fact}")
    assert lines[1].startswith("hint: uncork ")
    assert len(lines) == 2


def test_wrong_use_under_json_is_one_object(run_uncork: RunUncork) -> None:
    said = run_uncork("explain", "--json", "--nosuch")
    assert said.returncode == 2
    answer = json.loads(said.stdout)
    assert answer["status"] == 2
    assert answer["error"]["kind"] == "UsageError"
    assert said.stderr == ""


def test_the_script_s_own_json_option_is_none_of_ours(
    run_uncork: RunUncork, tmp_path: Path
) -> None:
    said = run_uncork("serve", "nosuch.py", "--", "--json", cwd=tmp_path)
    assert said.returncode == 2
    assert said.stdout == ""


def test_a_current_folder_that_was_removed_is_told_without_a_traceback(
    tmp_path: Path, clean_env: dict[str, str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f"cd {gone} && rmdir {gone} && exec {sys.executable} -m uncork check"
    ended = subprocess.run(
        ["sh", "-c", command], env=clean_env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr == (
        "error: the current folder does not exist any more\nhint: cd to one that does\n"
    )


@pytest.mark.parametrize("debug", [False, True])
def test_a_bug_of_uncorks_own_is_told_without_a_traceback_unless_debug_is_asked(
    debug: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.group()
    @click.option("--debug", is_flag=True)
    def group(debug: bool) -> None:
        """Nothing but a group."""

    @group.command()
    def broken() -> None:
        """Fail as no command should."""
        raise ZeroDivisionError("division by zero")

    if debug:
        with pytest.raises(ZeroDivisionError):
            run(group, ["--debug", "broken"])
        return
    with pytest.raises(SystemExit) as ended:
        run(group, ["broken"])
    assert ended.value.code == 70
    shown = capsys.readouterr().err
    assert shown.startswith("error: uncork failed: ZeroDivisionError: division by zero\nhint: ")
    assert "Traceback" not in shown
