"""Scripts whose parser is kept, or whose command line is read by other means, under every server.

The servers have command lines of their own, and the app must see nothing of them.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from tests.migration.test_same_answers import (
    HERE,
    PATIENCE,
    App,
    Running,
    commands,
    observe,
    project,
    start,
)
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from uncork.changes import Plan

__all__ = ["project", "start"]
pytestmark = pytest.mark.process

SHELF = (
    "--by-year",
    "--limit",
    "4",
    "--tag=a b",
    "--tag",
    "it's",
    "--loud",
    "aye",
    "Emma",
    " Ulysses ",
    "lend",
    "--to=Bob",
)
LINES: dict[str, tuple[App, tuple[str, ...]]] = {
    "every kind of option": (
        App(HERE / "apps" / "shelf", paths=("/", "/all"), closing="The shelf is closed: 3."),
        SHELF,
    ),
    "a sub-command": (
        App(HERE / "apps" / "shelf", paths=("/", "/all"), closing="The shelf is closed: 2."),
        ("--by-title", "Emma", "lend", "--to", "Ada"),
    ),
    "parsed on import, a second copy and spawned children": (
        App(HERE / "apps" / "models"),
        ("--model", "large"),
    ),
    "parsed on import, by default": (App(HERE / "apps" / "models"), ()),
    "read by hand": (App(HERE / "apps" / "titles"), ("-s", "--title", "one two", "a.txt", "b")),
    "an imported application object": (
        App(HERE / "apps" / "pages"),
        ("--title", "", "--colours", "blue", "sea green"),
    ),
}
WAYS = ("original", "python", "waitress-serve", "gunicorn", "flask")


def command_of(
    way: str, app: App, line: tuple[str, ...], plan: Plan, port: int
) -> tuple[list[str], dict[str, str], int]:
    """Command, environment and stop signal: the port in front, as sub-commands end a line."""
    command, env, stop = commands(app, plan, port)["python" if way == "original" else way]
    if way in ("original", "python"):
        return [*command, *line], env, stop
    return command, {**env, "FLASK_ARGS": shlex.join(line)}, stop


@pytest.mark.parametrize("name", LINES)
def test_every_server_gives_the_answers_that_the_script_gave(
    name: str,
    project: Callable[[App], tuple[Path, Path, Plan]],
    start: Callable[..., Running],
) -> None:
    app, line = LINES[name]
    before, after, plan = project(app)
    servers = {}
    for way in WAYS:
        port = free_port()
        command, env, stop = command_of(way, app, line, plan, port)
        servers[way] = start(way, before if way == "original" else after, port, command, env, stop)
    seen = {way: observe(server, app) for way, server in servers.items()}

    original = seen["original"]
    assert [status for status, _ in original.answers] == [200] * len(app.paths)
    assert original.closings == (1 if app.closing else 0)
    for way, observed in seen.items():
        assert observed == original, f"{way}:\n{servers[way].output}"


@pytest.mark.parametrize(
    ("folder", "line", "message"),
    [
        ("shelf", (), "the following arguments are required: titles"),
        ("shelf", ("Emma",), "one of the arguments --by-title --by-year is required"),
        ("shelf", ("--by-year", "Emma", "--loud", "yes"), "'yes' is neither aye nor nay"),
        ("shelf", ("--by-year", "Emma", "--limit", "5"), "the limit is far too high"),
        ("models", ("--model", "huge"), "invalid choice: 'huge'"),
    ],
)
def test_a_line_that_the_script_refuses_stops_every_start_with_its_message(
    folder: str,
    line: tuple[str, ...],
    message: str,
    project: Callable[[App], tuple[Path, Path, Plan]],
    start: Callable[..., Running],
) -> None:
    app = App(HERE / "apps" / folder)
    before, after, plan = project(app)
    servers = {}
    for way in WAYS:
        command, env, stop = command_of(way, app, line, plan, port := free_port())
        servers[way] = start(way, before if way == "original" else after, port, command, env, stop)
    for way, server in servers.items():
        assert server.process.wait(PATIENCE) != 0, way
        assert "server.py: error: " in server.output, way
        assert message in server.output, way
        if way not in ("original", "python"):
            assert f"FLASK_ARGS={shlex.join(line)!r}" in server.output, way


def test_an_option_that_ends_the_script_does_so_as_before(
    project: Callable[[App], tuple[Path, Path, Plan]],
    start: Callable[..., Running],
) -> None:
    app = App(HERE / "apps" / "models")
    before, after, plan = project(app)
    for way, folder in (("original", before), ("python", after)):
        command, env, stop = command_of(way, app, ("--list",), plan, port := free_port())
        server = start(way, folder, port, command, env, stop)
        assert server.process.wait(PATIENCE) == 0, way
        assert server.output == "small, large\n", way
