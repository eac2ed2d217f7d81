"""The fifteen shapes of real scripts on which a naive migration breaks the app without a word.

Each script is run as it is, and migrated: as a script again, under waitress-serve and under
gunicorn; with its defaults and with other values; and stopped, to see its clean-up.
"""

from __future__ import annotations

import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.examples import copy_as_written
from tests.migration.test_same_answers import PATIENCE, App, Running, commands, observe, start
from tests.ports import free_port

from uncork.analysis.arguments import server_arguments
from uncork.analysis.facts import Facts
from uncork.codemods.base import MigrationOptions
from uncork.discovery.load import load_project
from uncork.discovery.target import find_target
from uncork.errors import SourceError
from uncork.plan import make_plan, usual_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from uncork.changes import Plan

__all__ = ["start"]

pytestmark = pytest.mark.process

APPS = Path(__file__).with_name("apps")


@dataclass(frozen=True)
class Way:
    """One way to start a script.

    Args:
        arguments: its options beside the port.
        variables: environment variables of its own.
        expected: what the first answer holds, so that a script that fails alike proves nothing.
    """

    expected: str
    arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """A script, what it is asked, and the ways to start it: as by default, and otherwise."""

    paths: tuple[str, ...]
    ways: tuple[Way, ...]
    closing: str = ""
    port: str = "--port"


CASES = {
    "01_closed_behind_the_run": Evidence(
        ("/add/Ada", "/", "/add/Bob"),
        (Way("1"), Way("1", variables={"DATABASE": "guests.db"})),
        closing="The session is closed.",
        port="PORT",
    ),
    "02_bound_in_the_guard_alone": Evidence(
        ("/history", "/", "/"),
        (Way("3, 2, 4"), Way("", ("--seed", "11", "--sides=20"))),
    ),
    "03_a_function_sets_a_global": Evidence(
        ("/guess/par", "/guess/net"),
        (Way("pear"), Way("crow", ("-m", "birds.txt"))),
    ),
    "04_a_loop_fills_a_dictionary": Evidence(
        ("/rooms", "/room/study", "/room/kitchen"),
        (Way("kitchen"), Way("study", ("--least-seats", "3"))),
    ),
    "05_one_of_two_is_required": Evidence(
        ("/images",),
        (Way("docker images", ("--docker",)), Way("podman images", ("--podman",))),
    ),
    "06_options_at_module_level": Evidence(
        ("/",),
        (
            Way('"model":"small"'),
            Way('"size":8', ("--model=large", "--cache", "no")),
            Way('"size":1', ("--model", "unknown")),
        ),
    ),
    "07_nothing_is_guarded": Evidence(("/",), (Way("nobody"), Way("Ada", ("--name=Ada",)))),
    "08_all_of_it_in_main": Evidence(
        ("/", "/"), (Way("All of it"), Way("Other", ("--title", "Other")))
    ),
    "09_positional_files": Evidence(
        ("/", "/secret"),
        (
            Way("second", ("one.txt",), {"SECRET": "s"}),
            Way("third", ("one.txt", "two.txt"), {"SECRET": "longer"}),
        ),
    ),
    "10_jobs_named_by_text": Evidence(("/", "/"), (Way("[1]"),), port="PORT"),
    "11_a_manager_and_a_process": Evidence(
        ("/", "/"),
        (Way('"count":3'), Way('"count":40', variables={"STEPS": "40"})),
        closing="The process ended: -15.",
        port="PORT",
    ),
    "12_behind_the_guard": Evidence(("/", "/"), (Way("ready: []"),), port="PORT"),
    "13_pushed_into_another_module": Evidence(
        ("/",), (Way("a.txt"), Way("z.txt", ("--files-dir=there", "--limit", "5")))
    ),
    "14_all_options_into_the_config": Evidence(
        ("/", "/api/name", "/v2/name"),
        (Way("shop"), Way("market", ("--name=market", "--prefix", "v2", "--loud"))),
    ),
    "15_a_library_function_starts_it": Evidence(
        ("/cut/pineapple",), (Way("pin"), Way("pinea", ("--size=5", "--debug")))
    ),
}


# Declined, with a reason that a person would accept, as long as it is so.
DECLINED = {
    "08_all_of_it_in_main": "the app is made in main(), which reads options",
    "15_a_library_function_starts_it": "a function of another file makes the app and runs it",
}


def migrated(folder: Path, copy: Path) -> Plan:
    """Migrate a copy of a script; a declined plan says where, why, and what to do."""
    target = find_target(str(folder / "server.py"))
    try:
        plan = make_plan(load_project(target), MigrationOptions())
    except SourceError as error:
        # The run call stands in another file: that one is declined for what it is.
        assert error.hint  # noqa: PT017 - the plan is what is asked for
        return make_plan(load_project(find_target(str(folder / "library.py"))), MigrationOptions())
    for diagnostic in plan.declined:
        assert diagnostic.place.line
        assert diagnostic.rule.remedy
    if plan.declined:
        return plan
    shutil.copytree(folder, copy)
    for change in plan.changes:
        assert change.after is not None
        (copy / change.path).write_bytes(change.after)
    return plan


@pytest.mark.parametrize("name", CASES)
def test_it_answers_and_closes_as_before_wherever_it_runs(
    name: str, tmp_path: Path, start: Callable[..., Running]
) -> None:
    case = CASES[name]
    before = copy_as_written(APPS / name, tmp_path / "before")
    after = tmp_path / "after"
    plan = migrated(before, after)
    if plan.declined:
        assert name in DECLINED
        return
    for number, way in enumerate(case.ways):
        project = load_project(find_target(str(before / "server.py")))
        usual = Facts(usual_shape(project, MigrationOptions()))
        environment = server_arguments(usual, way.arguments).environment
        app = App(
            before,
            paths=case.paths,
            arguments=way.arguments,
            environment=environment,
            variables=way.variables,
            closing=case.closing,
            port=case.port,
        )
        servers = {}
        for server in ("original", "python", "waitress-serve", "gunicorn"):
            port = free_port()
            kind = "python" if server == "original" else server
            command, env, stop = commands(app, plan, port)[kind]
            folder = before if server == "original" else after
            servers[server] = start(f"{server}-{number}", folder, port, command, env, stop)
        seen = {server: observe(running, app) for server, running in servers.items()}
        original = seen["original"]
        assert way.expected in original.answers[0][1].decode(), servers["original"].output
        assert original.closings == (1 if case.closing else 0)
        for server, observed in seen.items():
            assert observed == original, f"{server}, {way}:\n{servers[server].output}"


def test_without_a_required_option_every_server_refuses_to_start_and_says_why(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    before = copy_as_written(APPS / "05_one_of_two_is_required", tmp_path / "before")
    after = tmp_path / "after"
    plan = migrated(before, after)
    app = App(before)
    servers = {}
    for server in ("python", "waitress-serve", "gunicorn"):
        port = free_port()
        command, env, stop = commands(app, plan, port)[server]
        servers[server] = start(server, after, port, command, env, stop)
    for server, running in servers.items():
        assert running.process.wait(PATIENCE) != 0, server
        assert "one of the arguments --docker --podman is required" in running.output, server


def test_an_option_that_lists_and_exits_still_does(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    before = copy_as_written(APPS / "06_options_at_module_level", tmp_path / "before")
    after = tmp_path / "after"
    plan = migrated(before, after)
    app = App(before, arguments=("--list-models",))
    command, env, _ = commands(app, plan, free_port())["python"]
    running = start("python", after, 0, command, env, signal.SIGINT)
    assert running.process.wait(PATIENCE) == 0
    assert running.output == "small large\n"
