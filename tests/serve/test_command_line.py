"""``uncork serve`` and ``python -m uncork.serve``: what they take, and what they refuse."""

from __future__ import annotations

import os
import signal
import socket
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.serve.conftest import GATED

from uncork.cli.serve import cli, command_line
from uncork.discovery.interpreter import Interpreter
from uncork.discovery.target import Target
from uncork.errors import UsageError
from uncork.serve.argv import split_argv
from uncork.serve.command import parse
from uncork.serve.options import FLAGS, ServeOptions, with_environment

if TYPE_CHECKING:
    from tests.conftest import RunUncork
    from tests.serve.conftest import Serve, Write

HERE = Interpreter(Path(sys.executable), "--python")
UNCORK = [sys.executable, "-m", "uncork", "serve"]


def test_every_field_of_the_options_is_a_flag_of_both_commands() -> None:
    taken = {option for parameter in cli.params for option in parameter.opts}
    for field in fields(ServeOptions):
        flag = next(flag for flag in FLAGS if flag.name == field.name)
        numbers = {"port", "threads", "processes", "drain_timeout", "trusted_proxy_count"}
        numbers |= {"header_timeout", "connection_limit", "max_body"}
        values = {
            "server": "granian",
            "listen": ":5,unix:a",
            "trusted_proxy": "127.0.0.1,unix",
            "trusted_proxy_headers": "for,host",
            "access_log": "json",
        }
        value = values.get(flag.name, "5" if flag.name in numbers else "x")
        words = [flag.option, value] if flag.metavar else [flag.option]
        _, options, _, _ = parse([*words, "server.py"])
        assert getattr(options, field.name) == (flag.convert(value) if flag.metavar else True)
        assert flag.option in taken


def test_help_of_both_commands_explains_every_flag(run_uncork: RunUncork) -> None:
    shown = " ".join(CliRunner().invoke(cli, ["--help"]).output.split())
    for flag in FLAGS:
        assert f"{flag.option} {flag.metavar}".rstrip() in shown
        assert flag.help[1:] in shown
    assert run_uncork("serve", "--help").returncode == 0


@pytest.mark.parametrize(
    ("argv", "own", "rest"),
    [
        ([], [], []),
        (["a"], ["a"], []),
        (["a", "--"], ["a"], []),
        (["--", "-x", "--", "a b"], [], ["-x", "--", "a b"]),
    ],
)
def test_what_stands_behind_two_dashes_is_the_scripts_verbatim(
    argv: list[str], own: list[str], rest: list[str]
) -> None:
    assert split_argv(argv) == (own, rest)


@pytest.mark.parametrize(
    ("arguments", "fact", "hint"),
    [
        (["--threads", "0", "server.py"], "'0' is not a number of threads", "--help"),
        (["--threads", "two", "server.py"], "'two' is not a number of threads", "--help"),
        (["--threads", "\u0662", "server.py"], "is not a number of threads", "--help"),
        (["--port", "65536", "server.py"], "'65536' is not a port number", "--help"),
        (["--port", "-1", "server.py"], "'-1' is not a port number", "--help"),
        (["--drain-timeout", "nan", "server.py"], "'nan' is not a number of seconds", "--help"),
        (["--host", "", "server.py"], "it is empty", "--help"),
        (
            ["--unix-socket", "a", "--port", "1", "server.py"],
            "takes the place of",
            "one or the other",
        ),
        (["server.py", "--limit", "3"], "--limit", "the script's own arguments stand behind --"),
        (["--", "--limit"], "", ""),
        (["missing.py"], "there is no missing.py", "name a script"),
        (["servr.py"], "there is no servr.py", "did you mean server.py?"),
    ],
)
@pytest.mark.parametrize("module", ["uncork serve", "uncork.serve"])
@pytest.mark.process
def test_wrong_use_is_told_with_status_2(
    serve: Serve, write: Write, arguments: list[str], fact: str, hint: str, module: str
) -> None:
    folder = "sub/" if arguments == ["--", "--limit"] else ""
    write(GATED, f"{folder}server.py")
    command = UNCORK if module == "uncork serve" else None
    server = serve(*arguments, command=command)
    status = server.wait()
    assert "Traceback" not in server.output
    errors = [line for line in server.lines if line.startswith("error: ")]
    assert len(errors) == 1
    assert fact in errors[0]
    assert server.lines[-1].startswith("hint: ")
    assert hint in server.lines[-1]
    # Nothing named and nothing here: no app was found, which is 3.
    assert status == (3 if folder and command else 2)


@pytest.mark.process
def test_a_wrong_variable_is_named(serve: Serve, write: Write) -> None:
    server = serve(write(GATED), env={"PORT": "http"})
    assert server.wait() == 2
    assert server.lines == [
        "error: PORT: 'http' is not a port number from 0 to 65535",
        "hint: mend or unset PORT",
    ]


@pytest.mark.process
def test_the_command_becomes_the_runner(serve: Serve, write: Write) -> None:
    script = write(
        f"import os\nprint('pid', os.getpid())\n{GATED.strip()}\n".replace("\n    ", "\n")
    )
    server = serve(
        script, "--threads", "3", "--python", sys.executable, "--", "--x", command=UNCORK
    )
    assert server.get().text == "hello"
    assert "(3 threads)" in server.wait_for("uncork: serving server.py at")
    assert server.wait_for("pid ") == f"pid {server.process.pid}"
    assert server.stop(signal.SIGINT) == 0
    assert server.lines.count("behind run") == 1


@pytest.mark.process
def test_without_a_target_the_entry_point_here_is_served(serve: Serve, write: Write) -> None:
    write(GATED)
    write(
        "def create_app():\n    from server import app\n\n    return app\n",
        "wsgi.py",
    )
    server = serve("--port", "0", "--python", sys.executable, command=UNCORK)
    assert server.get().text == "hello"
    assert "serving wsgi:create_app at" in server.wait_for("uncork: serving")


@pytest.mark.process
@pytest.mark.parametrize("target", ["server", "server:app"])
def test_an_import_string_is_resolved_in_the_current_folder(
    serve: Serve, write: Write, target: str
) -> None:
    write(GATED)
    server = serve("--port", "0", "--python", sys.executable, target, command=UNCORK)
    assert server.get().text == "hello"


@pytest.mark.process
def test_a_folder_is_where_its_script_is_started(serve: Serve, write: Write) -> None:
    write(
        f"import os\nprint('in', os.getcwd())\n{GATED.strip()}\n".replace("\n    ", "\n"),
        "project/server.py",
    )
    server = serve("project", "--python", sys.executable, command=UNCORK)
    assert server.wait_for("in ").endswith("/project")
    assert server.get().text == "hello"


@pytest.mark.process
def test_an_interpreter_that_cannot_run_is_told(serve: Serve, write: Write, tmp_path: Path) -> None:
    write(GATED)
    (tmp_path / "python").write_text("no program")
    (tmp_path / "python").chmod(0o755)
    server = serve("server.py", "--python", "./python", command=UNCORK)
    assert server.wait() == 2
    assert "can't be run" in server.lines[-2]


def target(**known: object) -> Target:
    """A target in a folder of no account."""
    return Target(Path("/srv/app"), **known)  # type: ignore[arg-type]


def test_an_entry_point_listens_where_its_script_would_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    says = ServeOptions(host="0.0.0.0", port=5300)
    entry = target(import_string="wsgi:create_app", script=Path("/srv/app/server.py"))

    def listens(options: ServeOptions) -> list[str]:
        argv = command_line(entry, None, HERE, options, [], script_says=says)
        return argv[3 : argv.index("wsgi:create_app")]

    assert listens(ServeOptions()) == ["--host", "0.0.0.0", "--port", "5300"]
    assert listens(ServeOptions(port=0)) == ["--host", "0.0.0.0", "--port", "0"]
    assert listens(ServeOptions(unix_socket="a")) == ["--unix-socket", "a"]
    monkeypatch.setenv("PORT", "8000")
    assert listens(ServeOptions()) == ["--host", "0.0.0.0", "--port", "8000"]
    assert os.environ["PORT"] == "8000"


def test_a_script_says_itself_where_it_listens() -> None:
    script = target(script=Path("/srv/app/server.py"))
    says = ServeOptions(port=1)
    argv = command_line(script, None, HERE, ServeOptions(), ["-v"], script_says=says)
    assert argv == [sys.executable, "-m", "uncork.serve", "/srv/app/server.py", "--", "-v"]


@pytest.mark.process
@pytest.mark.parametrize(
    ("env", "told"),
    [({}, "is in use"), ({"PORT": "0"}, "serving"), ({"UNCORK_PORT": "0"}, "serving")],
)
def test_the_environment_comes_before_a_settings_file(
    serve: Serve, write: Write, env: dict[str, str], told: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        write(f"[serve]\nport = {taken.getsockname()[1]}\nthreads = 2\n", "uncork.toml")
        server = serve(write(GATED), "--python", sys.executable, command=UNCORK, env=env)
        server.wait_for(told)
    if told == "serving":
        assert "(2 threads)" in server.wait_for("serving")


def test_options_that_exclude_each_other_are_told_before_anything_starts() -> None:
    with pytest.raises(UsageError, match="takes the place"):
        with_environment(ServeOptions(unix_socket="a", host="b"), {})
