"""Several processes, the pure part: which workers there should be, what ``auto`` is, options."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from tests.serve.conftest import GATED

from uncork.errors import DeclinedError, UsageError
from uncork.serve.argv import serve_argv
from uncork.serve.command import parse
from uncork.serve.options import ServeOptions, with_environment
from uncork.serve.processes.choice import need_one_process, need_processes, wants_processes
from uncork.serve.processes.cpus import usable_cpus
from uncork.serve.processes.fleet import Event, Fleet, Plan

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serve.conftest import Serve, Write

PATIENCE = 10.0


def started(size: int = 2) -> Fleet:
    """Workers 1, 2 and so on, which all serve since time 0."""
    fleet = Fleet(size, PATIENCE)
    assert fleet.plan(0) == Plan(spawn=size)
    for pid in range(1, size + 1):
        fleet.born(pid)
        fleet.ready(pid, 0)
    assert fleet.settle() is Event.STARTED
    return fleet


def test_it_has_started_when_all_are_ready() -> None:
    fleet = Fleet(2, PATIENCE)
    for pid in (1, 2):
        fleet.born(pid)
        assert fleet.settle() is None
        fleet.ready(pid, 0)
    assert fleet.settle() is Event.STARTED
    assert fleet.settle() is None
    assert fleet.plan(0) == Plan()


def test_one_that_fails_at_the_start_ends_it() -> None:
    fleet = Fleet(2, PATIENCE)
    fleet.born(1)
    fleet.born(2)
    fleet.ready(1, 0)
    assert fleet.gone(2, 0) is Event.FAILED


def test_one_that_dies_is_replaced_at_once_and_ever_later_if_it_dies_young_again() -> None:
    fleet = started()
    pauses = []
    now = 100.0
    pid = 2
    for _ in range(8):
        assert fleet.gone(pid, now) is None
        soon = next(n for n in range(40) if fleet.plan(now + n).spawn)
        pauses.append(soon)
        now += soon
        pid += 1
        fleet.born(pid)
        fleet.ready(pid, now)
        now += 1
    assert pauses == [0, 0, 2, 4, 8, 16, 30, 30]
    # One that has lasted is replaced at once again.
    assert fleet.gone(pid, now + 60) is None
    assert fleet.plan(now + 60).spawn == 1


def test_a_replacement_that_does_not_start_is_tried_again_while_another_one_serves() -> None:
    fleet = started()
    assert fleet.gone(1, 100) is None
    assert fleet.plan(100).spawn == 1
    fleet.born(3)
    assert fleet.gone(3, 100) is Event.LATE
    assert fleet.plan(100.5) == Plan()
    assert fleet.plan(101).spawn == 1
    fleet.born(4)
    assert fleet.gone(2, 101) is None
    assert fleet.gone(4, 101) is Event.FAILED


def test_a_reload_replaces_all_once_the_new_ones_are_ready() -> None:
    fleet = started()
    assert fleet.reload()
    assert fleet.plan(10) == Plan(spawn=2)
    for pid in (3, 4):
        fleet.born(pid)
        assert fleet.plan(10) == Plan(spawn=4 - pid)
    fleet.ready(3, 11)
    assert fleet.settle() is None
    fleet.ready(4, 12)
    assert fleet.settle() is Event.RELOADED
    assert fleet.is_old(1)
    assert not fleet.is_old(3)
    assert fleet.plan(12) == Plan(retire=(1, 2))
    assert fleet.plan(12) == Plan()
    assert fleet.gone(1, 13) is None
    assert fleet.plan(12 + PATIENCE) == Plan(kill=(2,))


def test_a_reload_that_fails_leaves_the_old_ones() -> None:
    fleet = started()
    fleet.reload()
    fleet.born(3)
    fleet.born(4)
    fleet.ready(3, 11)
    assert fleet.gone(4, 11) is Event.REFUSED
    assert fleet.plan(11) == Plan(retire=(3,))
    assert fleet.gone(3, 12) is None
    assert fleet.plan(12) == Plan()
    assert fleet.is_serving(1)


def test_both_may_fail_at_the_same_moment() -> None:
    fleet = started()
    fleet.reload()
    fleet.born(3)
    fleet.born(4)
    assert fleet.gone(3, 11) is Event.REFUSED
    assert fleet.gone(4, 11) is None
    assert fleet.plan(11) == Plan()


def test_a_second_reload_waits_for_the_first() -> None:
    fleet = started()
    assert fleet.reload()
    assert not fleet.reload()
    assert not fleet.asked_again()
    for pid in (3, 4):
        fleet.born(pid)
        fleet.ready(pid, 10)
    assert fleet.settle() is Event.RELOADED
    assert fleet.asked_again()
    assert fleet.reload()
    assert not fleet.asked_again()


def test_one_that_leaves_by_itself_is_replaced_before_it_has_left() -> None:
    fleet = started()
    fleet.leaves(1, 10)
    assert fleet.plan(10) == Plan(spawn=1)


def test_fewer_means_that_the_oldest_leave() -> None:
    fleet = started(3)
    fleet.size = 1
    assert fleet.plan(10) == Plan(retire=(1, 2))


def test_at_the_end_nobody_is_started_and_who_stays_is_killed() -> None:
    fleet = started()
    fleet.end(10)
    assert fleet.gone(1, 11) is None
    assert fleet.plan(11) == Plan()
    assert fleet.plan(10 + PATIENCE) == Plan(kill=(2,))


# --- auto -----------------------------------------------------------------------

CPUS = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("table", "files", "cpus"),
    [
        ("0::/\n", {}, CPUS),
        ("0::/\n", {"cpu.max": "max 100000\n"}, CPUS),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/a/b\n", {"a/cpu.max": "100000 100000\n", "a/b/cpu.max": "max 100000\n"}, 1),
        ("0::/gone/by\n", {"cpu.max": "100000 100000\n"}, 1),
        (
            "4:cpu,cpuacct:/a\n",
            {"cpu/a/cpu.cfs_quota_us": "50000\n", "cpu/a/cpu.cfs_period_us": "100000\n"},
            1,
        ),
        (
            "4:cpu,cpuacct:/a\n",
            {"cpu/a/cpu.cfs_quota_us": "-1\n", "cpu/a/cpu.cfs_period_us": "100000\n"},
            CPUS,
        ),
        ("4:memory:/\n", {"cpu/cpu.cfs_quota_us": "50000\n"}, CPUS),
    ],
)
def test_auto_is_what_the_process_may_use(
    tmp_path: Path, table: str, files: dict[str, str], cpus: int
) -> None:
    root = tmp_path / "cgroup"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (tmp_path / "table").write_text(table)
    assert usable_cpus(tmp_path / "table", root) == cpus


def test_auto_without_control_groups_is_every_processor(tmp_path: Path) -> None:
    assert usable_cpus(tmp_path / "missing", tmp_path) == CPUS


# --- options --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("true", True), ("Yes", True), ("on", True), ("0", False), ("off", False)],
)
def test_a_switch_has_words_in_a_variable_and_none_on_the_command_line(
    text: str, value: bool
) -> None:
    said = with_environment(ServeOptions(), {"UNCORK_PRELOAD": text})
    assert said.preload is value
    argv = serve_argv("/python", "place:app", said, [], installed=True)
    assert argv[3:] == [*["--preload"] * value, "place:app"]
    with pytest.raises(UsageError, match="UNCORK_SERVE_PRELOAD: 'maybe' is neither on"):
        with_environment(ServeOptions(), {"UNCORK_SERVE_PRELOAD": "maybe"})


def test_the_command_line_of_a_unit_says_what_was_asked_for() -> None:
    options = ServeOptions(processes="auto", preload=True, server="waitress")
    argv = serve_argv("/python", "place:app", options, [], installed=True)
    assert argv[3:] == ["--processes", "auto", "--preload", "--server", "waitress", "place:app"]
    assert parse(argv[3:])[1] == options


@pytest.mark.parametrize(
    "options",
    [ServeOptions(), ServeOptions(processes=1), ServeOptions(server="waitress")],
)
def test_what_one_process_can_do_is_done_for_a_script(options: ServeOptions) -> None:
    need_one_process("server.py", options)
    need_processes(options)


def test_preload_without_processes_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="means nothing without --processes"):
        need_processes(ServeOptions(preload=True))


@pytest.mark.parametrize("asked", [{"processes": 2}, {"processes": "auto"}, {"server": "granian"}])
def test_what_it_can_not_is_declined(asked: dict[str, int | str]) -> None:
    options = ServeOptions(**asked)  # type: ignore[arg-type]
    assert wants_processes(options)
    with pytest.raises(DeclinedError, match="is for module:app"):
        need_one_process("server.py", options)


@pytest.mark.process
def test_a_settings_file_can_ask_for_processes(serve: Serve, write: Write) -> None:
    write("[serve]\nprocesses = 2\npreload = true\nport = 0\n", "uncork.toml")
    write(GATED)
    server = serve("server:app", command=[sys.executable, "-m", "uncork", "serve"])
    assert "(2 processes, " in server.wait_for("uncork: serving server:app at")
    assert server.get().text == "hello"
    assert server.stop() == 0
