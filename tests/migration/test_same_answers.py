"""Before and after a migration, as a script and under three servers: the same answers.

The servers of one app run side by side, each in its own copy of the project.
"""

from __future__ import annotations

import http.client
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.examples import copy_as_written
from tests.ports import free_port

from uncork.codemods.base import MigrationOptions
from uncork.discovery.load import load_project
from uncork.discovery.target import find_target
from uncork.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from uncork.changes import Plan

pytestmark = pytest.mark.process

HERE = Path(__file__).parents[1]
PATIENCE = 30.0
"""Seconds after which a test fails instead of waiting on."""
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class App:
    """A script, and how it is tried.

    Args:
        folder: where it stands.
        script: its file name.
        paths: what it is asked, in this order.
        arguments: options beside the port.
        environment: the same for a WSGI server.
        variables: what both are given.
        closing: what the clean-up prints, once; '' where there is none.
        port: how it is told its port: an option, or an environment variable.
    """

    folder: Path
    script: str = "server.py"
    paths: tuple[str, ...] = ("/",)
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    closing: str = ""
    port: str = "--port"


APPS = {
    "greeter": App(
        HERE.parent / "examples" / "greeter",
        paths=("/hello/Ada", "/hello/Bob", "/"),
        closing="The guest book is closed.",
    ),
    "greeter with options": App(
        HERE.parent / "examples" / "greeter",
        paths=("/hello/Ada", "/hello/Bob", "/"),
        arguments=("--greeting", "Good day", "--limit=1", "--shout"),
        environment={"FLASK_GREETING": "Good day", "FLASK_LIMIT": "1", "FLASK_SHOUT": "yes"},
        closing="The guest book is closed.",
    ),
    "shop": App(
        HERE / "apps" / "shop",
        paths=("/", "/price/pear", "/price/fig"),
        closing="The shop is closed.",
        port="PORT",
    ),
    "prices": App(
        HERE / "apps" / "prices",
        paths=("/total/pear+fig", "/total/pear"),
        arguments=("--factor", "2.5", "--note=it's"),
        environment={"FLASK_FACTOR": "2.5", "FLASK_NOTE": "it's"},
    ),
    "engines": App(HERE / "apps" / "engines", variables={"ENGINE": "podman"}, port="PORT"),
    "library": App(
        HERE / "apps" / "library",
        paths=("/", "/count"),
        arguments=("--files-dir", "shelf", "--title=Books", "--count-from", "40"),
        environment={"FLASK_DIRECTORY": "shelf", "FLASK_TITLE": "Books", "FLASK_COUNT_FROM": "40"},
        closing="The files are closed.",
    ),
    "manager": App(
        HERE / "apps" / "manager",
        paths=("/", "/add/second", "/"),
        closing="The manager had 2 entries.",
        port="PORT",
    ),
    "tasks": App(
        HERE / "apps" / "tasks",
        script="my-tasks.py",
        arguments=("--most", "3", "--loud"),
        environment={"FLASK_MOST": "3", "FLASK_LOUD": "1"},
        closing="The tasks are closed: it was stopped.",
    ),
}


@dataclass(frozen=True)
class Seen:
    """What a server answered, and what it left behind.

    Args:
        answers: status and body, for each path.
        closings: how often the clean-up said so.
    """

    answers: tuple[tuple[int, bytes], ...]
    closings: int


class Running:
    """A server in a process of its own, with its output in a file."""

    def __init__(
        self, command: Sequence[str], folder: Path, env: Mapping[str, str], port: int, stop: int
    ) -> None:
        self._log = folder / "output.log"
        self._stop = stop
        self._port = port
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A shell that starts tests in the background has them ignore SIGINT.
                preexec_fn=_default_signals,  # noqa: PLW1509 - it only resets handlers
            )

    @property
    def output(self) -> str:
        return self._log.read_text()

    def ask(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        connection.request("GET", path)
        response = connection.getresponse()
        answer = response.status, response.read()
        connection.close()
        return answer

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return

    def end(self) -> None:
        """Stop it in the way that it documents, and wait until it has."""
        self.process.send_signal(self._stop)
        self.process.wait(PATIENCE)


def _default_signals() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def commands(app: App, plan: Plan, port: int) -> dict[str, tuple[list[str], dict[str, str], int]]:
    """Command, environment and stop signal of each way to run an app."""
    script = [sys.executable, app.script, *app.arguments]
    variables = dict(app.variables)
    if app.port.startswith("--"):
        script += [app.port, str(port)]
    else:
        variables[app.port] = str(port)
    served = {**variables, **app.environment}
    address = f"127.0.0.1:{port}"
    module, _, factory = plan.entry.partition(":")
    waitress = [str(BIN / "waitress-serve"), f"--listen={address}", "--call", plan.entry]
    gunicorn = [str(BIN / "gunicorn"), f"--bind={address}", f"{module}:{factory}()"]
    flask = [str(BIN / "flask"), "--app", module, "run", "--host=127.0.0.1", f"--port={port}"]
    return {
        "python": (script, variables, signal.SIGINT),
        "waitress-serve": (waitress, served, signal.SIGINT),
        "gunicorn": (gunicorn, served, signal.SIGTERM),
        "flask": (flask, served, signal.SIGINT),
    }


@pytest.fixture
def project(tmp_path: Path) -> Callable[[App], tuple[Path, Path, Plan]]:
    """Copy an app's folder and migrate a second copy: the two folders and the plan."""

    def copy(app: App) -> tuple[Path, Path, Plan]:
        before = copy_as_written(app.folder, tmp_path / "before")
        plan = make_plan(load_project(find_target(str(before / app.script))), MigrationOptions())
        assert plan.declined == ()
        after = Path(shutil.copytree(before, tmp_path / "after"))
        for change in plan.changes:
            assert change.after is not None
            (after / change.path).write_bytes(change.after)
        return before, after, plan

    return copy


@pytest.fixture
def start(tmp_path: Path, clean_env: dict[str, str]) -> Iterator[Callable[..., Running]]:
    """Start a command in a copy of a folder of its own; what still runs at the end is ended."""
    running: list[Running] = []

    def run(name: str, folder: Path, port: int, command: Sequence[str], env: Mapping[str, str],
            stop: int) -> Running:  # fmt: skip
        own = Path(shutil.copytree(folder, tmp_path / name))
        running.append(Running(command, own, {**clean_env, **env}, port, stop))
        return running[-1]

    yield run
    for server in running:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait(PATIENCE)


def observe(server: Running, app: App) -> Seen:
    server.wait_until_ready()
    answers = tuple(server.ask(path) for path in app.paths)
    server.end()
    closings = len(re.findall(re.escape(app.closing), server.output)) if app.closing else 0
    return Seen(answers, closings)


@pytest.mark.parametrize("name", APPS)
def test_every_server_gives_the_answers_that_the_script_gave(
    name: str,
    project: Callable[[App], tuple[Path, Path, Plan]],
    start: Callable[..., Running],
) -> None:
    app = APPS[name]
    before, after, plan = project(app)

    servers = {}
    for way in ("original", "python", "waitress-serve", "gunicorn", "flask"):
        port = free_port()
        command, env, stop = commands(app, plan, port)["python" if way == "original" else way]
        folder = before if way == "original" else after
        servers[way] = start(way, folder, port, command, env, stop)
    seen = {way: observe(server, app) for way, server in servers.items()}

    original = seen["original"]
    assert [status for status, _ in original.answers] == [200] * len(app.paths)
    assert original.closings == (1 if app.closing else 0)
    for way, observed in seen.items():
        assert observed == original, f"{way}:\n{servers[way].output}"


def test_a_command_line_wins_over_the_environment(
    project: Callable[[App], tuple[Path, Path, Plan]], start: Callable[..., Running]
) -> None:
    app = APPS["greeter with options"]
    _, after, plan = project(app)
    port = free_port()
    command, _, stop = commands(app, plan, port)["python"]
    server = start(
        "own", after, port, command, {"FLASK_GREETING": "Moin", "FLASK_LIMIT": "7"}, stop
    )
    assert observe(server, app).answers[0] == (200, b"GOOD DAY, ADA!")


def test_a_script_reads_the_environment_too(
    project: Callable[[App], tuple[Path, Path, Plan]], start: Callable[..., Running]
) -> None:
    app = APPS["greeter"]
    _, after, plan = project(app)
    port = free_port()
    command, _, stop = commands(app, plan, port)["python"]
    server = start("own", after, port, command, {"FLASK_GREETING": "Moin"}, stop)
    assert observe(server, app).answers[0] == (200, b"Moin, Ada!")


@pytest.mark.parametrize(
    ("variable", "value"), [("FLASK_LIMIT", "abc"), ("FLASK_SHOUT", "perhaps")]
)
def test_a_wrong_value_in_the_environment_stops_every_start_and_is_named(
    variable: str,
    value: str,
    project: Callable[[App], tuple[Path, Path, Plan]],
    start: Callable[..., Running],
) -> None:
    app = APPS["greeter"]
    _, after, plan = project(app)
    servers = {}
    for way in ("python", "waitress-serve", "gunicorn", "flask"):
        port = free_port()
        command, env, stop = commands(app, plan, port)[way]
        servers[way] = start(way, after, port, command, {**env, variable: value}, stop)
    for way, server in servers.items():
        assert server.process.wait(PATIENCE) != 0, way
        assert variable in server.output, way
        assert repr(value) in server.output, way


def test_a_start_that_is_refused_says_why(
    project: Callable[[App], tuple[Path, Path, Plan]], start: Callable[..., Running]
) -> None:
    app = APPS["engines"]
    before, after, plan = project(app)
    servers = {}
    for way in ("original", "python", "waitress-serve", "gunicorn", "flask"):
        port = free_port()
        command, env, stop = commands(app, plan, port)["python" if way == "original" else way]
        folder = before if way == "original" else after
        servers[way] = start(way, folder, port, command, {**env, "ENGINE": "steam"}, stop)
    for way, server in servers.items():
        assert server.process.wait(PATIENCE) != 0, way
        assert "ENGINE must be docker or podman" in server.output, way
