"""Scripts whose main block is a command line of its own: click, FlaskGroup, ``flask run``."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from tests.environments import interpreter
from tests.ports import free_port
from tests.serve.test_interpreter import runner

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serve.conftest import Serve, Server, Write

    Run = Callable[..., Server]

pytestmark = pytest.mark.process

APP = """\
import atexit, os, sys, time
import click
from flask import Flask, request
from flask.cli import FlaskGroup

app = Flask("app")

@app.route("/")
def index():
    return "hello " + request.environ["SERVER_SOFTWARE"]

@app.route("/debug")
def debug():
    return str(app.debug)

@app.route("/fails")
def fails():
    raise RuntimeError("on purpose")

atexit.register(print, "at exit")
"""


@pytest.fixture(params=["flask-1.1", "flask-2.2", "flask-3"])
def run(request: pytest.FixtureRequest, serve: Serve, write: Write) -> Run:
    """Serve the app above, with a main block of the test's own."""
    python = runner(interpreter(request.param))

    def start(lines: str, *arguments: str, env: dict[str, str] | None = None) -> Server:
        return serve(write(f"{APP}\n{lines}"), *arguments, command=python, env=env)

    return start


CLICK = """
@click.command()
@click.option("--port", type=int, default=1)
@click.option("--debug/--no-debug", default=False)
def main(port, debug):
    try:
        app.run(port=port, debug=debug)
        print("behind the call")
    finally:
        print("finally")

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_click_command_serves_and_ends_with_zero(run: Run, number: int) -> None:
    server = run(CLICK, "--", "--port", "0", "--debug")
    assert server.get().text == "hello waitress"
    assert server.get("/debug").text == "False"
    assert server.stop(number) == 0
    assert server.lines[-3:] == ["behind the call", "finally", "at exit"]
    assert "Aborted" not in server.output


def test_a_click_commands_own_errors_and_help_are_its_own(run: Run) -> None:
    wrong = run(CLICK, "--", "--port", "many")
    assert wrong.wait() == 2
    assert "Usage: server.py [OPTIONS]" in wrong.output
    shown = run(CLICK, "--", "--help")
    assert shown.wait() == 0
    assert "--port INTEGER" in shown.output


GROUP = """
def create_app(*_):
    time.sleep(0.2)  # Up to Flask 2.1 it may be called in a thread, later than the server.
    return app

cli = FlaskGroup(create_app=create_app)

@cli.command("tables")
def tables():
    print("made the tables")

@click.group()
def other():
    pass

@other.command("serve")
@click.argument("port", type=int)
def serve(port):
    app.run(port=port)

if __name__ == "__main__":
    (other if os.environ.get("OTHER") else cli)()
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--port", "PORT"],
        ["run", "-h", "127.0.0.1", "-p", "PORT", "--with-threads", "--reload", "--debugger"],
    ],
    ids=" ".join,
)
def test_a_flask_group_runs_its_app(run: Run, arguments: list[str]) -> None:
    port = str(free_port())
    said = [port if each == "PORT" else each for each in arguments]
    server = run(GROUP, "--", *said, env={"FLASK_DEBUG": "1", "FLASK_ENV": "development"})
    assert server.url == f"http://127.0.0.1:{port}"
    assert server.get().text == "hello waitress"
    assert server.get("/debug").text == "False"
    assert server.get("/fails").status == 500
    assert "Traceback" not in server.get("/fails").text
    assert server.stop() == 0
    assert server.lines[-1] == "at exit"
    assert "development server" not in server.output


def test_flasks_variables_say_where_a_group_listens_and_options_come_first(run: Run) -> None:
    port = str(free_port())
    said = {"FLASK_RUN_PORT": port, "FLASK_RUN_HOST": "localhost"}
    server = run(GROUP, "--", "run", env=said)
    assert server.url == f"http://127.0.0.1:{port}"
    assert server.stop() == 0
    first = str(free_port())
    other = run(GROUP, "--port", first, "--", "run", env=said)
    assert other.url == f"http://127.0.0.1:{first}"


def test_another_command_of_a_group_is_run_and_ends(run: Run) -> None:
    server = run(GROUP, "--", "tables")
    assert server.wait() == 0
    assert "made the tables" in server.lines
    assert "uncork: the script has exited by itself, before it ran an app" in server.lines


def test_a_command_of_a_plain_group_runs_the_app(run: Run) -> None:
    server = run(GROUP, "--", "serve", "0", env={"OTHER": "1"})
    assert server.get().text == "hello waitress"
    assert server.stop() == 0


@pytest.mark.parametrize(
    "main",
    [
        "import flask.cli\nflask.cli.main()",
        (
            "app.cli.main(['run', '--port', '0'], obj=__import__('flask.cli').cli.ScriptInfo("
            "create_app=lambda *_: app))"
        ),
    ],
    ids=["flask.cli.main", "app.cli"],
)
def test_flasks_own_command_line_is_served(run: Run, main: str) -> None:
    if "app.cli" in main:
        # A group without the commands of ``flask``: the script adds those that it wants.
        main = f"from flask.cli import run_command\napp.cli.add_command(run_command)\n{main}"
    lines = "if __name__ == '__main__':\n" + "".join(f"    {line}\n" for line in main.splitlines())
    server = run(lines, "--", "run", "--port", "0", env={"FLASK_APP": "server.py"})
    assert server.get().text == "hello waitress"
    assert server.stop() == 0


def test_an_app_that_a_command_line_runs_ignores_a_run_call_in_its_file(run: Run) -> None:
    lines = (
        "import flask.cli\nif __name__ == '__main__':\n    flask.cli.main()\nelse:\n    app.run()\n"
    )
    server = run(lines, "--", "run", "--port", "0", env={"FLASK_APP": "server.py"})
    assert server.get().text == "hello waitress"
    assert server.stop() == 0
    assert server.output.count("uncork: serving") == 1


def test_https_that_a_group_is_asked_for_is_declined(
    run: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("cert.pem", "key.pem"):
        (folder / name).write_text("")
    server = run(
        GROUP,
        "--",
        "run",
        "--cert",
        str(folder / "cert.pem"),
        "--key",
        str(folder / "key.pem"),
    )
    assert server.wait() == 4
    line = len(APP.splitlines()) + 3 + GROUP.strip().count("\n")
    error = next(each for each in server.lines if each.startswith("error: "))
    assert error == (
        f"error: server.py:{line}: ssl_context asks for https, which uncork serve does not speak"
    )
