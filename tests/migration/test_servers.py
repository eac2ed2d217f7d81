"""The migrated greeter under every server that its users may have: the same answers from each."""

from __future__ import annotations

import http.client
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.conftest import RunUncork
    from tests.serve.conftest import Serve, Server

pytestmark = pytest.mark.process

PYTHON = (sys.executable,)
# How each is started, and the signal at which it ends in an orderly way.
SERVERS = {
    "waitress-serve": (
        "-m waitress --host 127.0.0.1 --port {port} --call wsgi:create_app",
        signal.SIGINT,
    ),
    "gunicorn": ("-m gunicorn --bind 127.0.0.1:{port} wsgi:create_app()", signal.SIGTERM),
    "flask run": ("-m flask --app wsgi run --port {port}", signal.SIGINT),
    "uncork serve": (f"-m uncork serve --python {sys.executable} --port {{port}}", signal.SIGTERM),
}
EVERY_SERVER = pytest.mark.parametrize("name", SERVERS)


@pytest.fixture
def greeter(example: Callable[[str], Path], run_uncork: RunUncork) -> Path:
    """The example, migrated."""
    folder = example("greeter")
    written = run_uncork("migrate", folder / "server.py", "--write", "--no-verify")
    assert written.returncode == 0, written.stderr
    return folder


def in_folder(folder: Path, command: Sequence[str]) -> tuple[str, ...]:
    """The command, started in a folder."""
    return ("env", "-C", str(folder), *command)


def command_of(name: str, port: int) -> tuple[str, ...]:
    """The command line of a server that listens on a port."""
    words, _ = SERVERS[name]
    return (*PYTHON, *words.format(port=port).split())


def get(server: Server, port: int, path: str, wait_until: Callable[..., None]) -> str:
    """The body of an answer, as soon as the server gives one."""
    bodies: list[str] = []

    def answered() -> bool:
        assert server.process.poll() is None, server.output
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", path)
            bodies.append(connection.getresponse().read().decode())
        except ConnectionRefusedError:
            return False
        finally:
            connection.close()
        return True

    wait_until(answered)
    return bodies[0]


@EVERY_SERVER
def test_it_answers_as_the_script_does_and_cleans_up_once(
    name: str, greeter: Path, serve: Serve, wait_until: Callable[..., None]
) -> None:
    port = free_port()
    settings = {"FLASK_LIMIT": "3", "FLASK_SHOUT": "yes"}
    script = serve(
        command=in_folder(
            greeter, (*PYTHON, "server.py", "--limit", "3", "--shout", "--port", str(port))
        )
    )
    paths = ("/hello/you", "/hello/me", "/", "/none")
    expected = [get(script, port, path, wait_until) for path in paths]
    script.send(signal.SIGINT)
    script.wait()
    (greeter / "greeter.db").unlink()

    server = serve(command=in_folder(greeter, command_of(name, port)), env=settings)
    assert [get(server, port, path, wait_until) for path in paths] == expected
    assert expected[0] == "HELLO, YOU!"
    assert "The last 3 are shown." in expected[2]
    server.send(SERVERS[name][1])
    server.wait()
    assert script.output.count("The guest book is closed.") == 1
    assert server.output.count("The guest book is closed.") == 1


@EVERY_SERVER
def test_a_wrong_setting_stops_the_start_and_is_named(
    name: str, greeter: Path, serve: Serve
) -> None:
    port = free_port()
    server = serve(command=in_folder(greeter, command_of(name, port)), env={"FLASK_LIMIT": "many"})
    if name == "flask run":
        # It loads the app in its own time, and answers with the error until it is mended.
        server.wait_for("FLASK_LIMIT")
        server.send(signal.SIGINT)
    assert server.wait() != 0 or name == "flask run"
    assert "FLASK_LIMIT" in server.output


def test_the_command_line_wins_over_the_environment_and_that_over_config_py(
    greeter: Path, serve: Serve, wait_until: Callable[..., None]
) -> None:
    port = free_port()
    script = serve(
        command=in_folder(greeter, (*PYTHON, "server.py", "--limit", "4", "--port", str(port))),
        env={"FLASK_LIMIT": "3", "FLASK_GREETING": "Ahoy"},
    )
    assert "The last 4 are shown." in get(script, port, "/", wait_until)
    assert get(script, port, "/hello/you", wait_until) == "Ahoy, you!"


def test_without_a_port_uncork_serve_takes_the_scripts(
    greeter: Path, run_uncork: RunUncork
) -> None:
    shown = run_uncork("serve", "--host", "192.0.2.1", cwd=greeter)
    assert shown.returncode == 7
    assert "192.0.2.1:5300" in shown.stderr


def test_the_tutorials_layout_also_serves_a_server_that_forgets_the_parentheses(
    example: Callable[[str], Path],
    run_uncork: RunUncork,
    serve: Serve,
    wait_until: Callable[..., None],
) -> None:
    folder = example("greeter")
    entry = ("--entry", "app:createApp")
    run_uncork("migrate", folder / "server.py", "--write", "--no-verify", *entry)
    for call in ((), ("--call",)):
        port = free_port()
        server = serve(
            command=in_folder(
                folder,
                (
                    *PYTHON,
                    *f"-m waitress --listen 127.0.0.1:{port}".split(),
                    *call,
                    "app:createApp",
                ),
            )
        )
        assert get(server, port, "/hello/you", wait_until) == "Hello, you!"
        server.send(signal.SIGINT)
        server.wait()
        assert server.output.count("The guest book is closed.") == 1
