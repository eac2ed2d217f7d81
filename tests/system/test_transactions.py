"""Installing, replacing, rolling back and uninstalling are transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.system.conftest import Project, Projects
    from tests.system.machine import Machine

pytestmark = pytest.mark.system

MOST_STEPS = 40


def test_uninstalled_the_machine_is_as_before(machine: Machine, project: Projects) -> None:
    book = project("guestbook", port=5310)
    before = machine.changes()
    book.service("install", book.folder, "--yes", "--", "--limit", "3")
    book.ask("/hello/ada")
    assert machine.changes() != before
    book.service("uninstall", "guestbook", "--yes")
    assert machine.changes() == before
    assert machine.show("guestbook.service", "LoadState")["LoadState"] == "not-found"
    assert machine.show("guestbook.socket", "LoadState")["LoadState"] == "not-found"
    # What the app wrote is the user's.
    assert machine.run("stat", "-c", "%U", f"{book.folder}/greeter.db").stdout == "ada\n"


def test_rollback_has_again_what_was_there_and_back(project: Projects) -> None:
    book = project("guestbook", port=5310)
    book.service("install", book.folder, "--yes", "--", "--greeting", "Old")
    book.service("install", book.folder, "--yes", "--", "--greeting", "New")
    assert book.ask("/hello/ada")[1] == "New, ada!"
    # The same once more is nothing to go back from.
    book.service("install", book.folder, "--yes", "--", "--greeting", "New")
    book.service("rollback", "guestbook")
    assert book.ask("/hello/ada")[1] == "Old, ada!"
    book.service("rollback", "guestbook")
    assert book.ask("/hello/ada")[1] == "New, ada!"


def test_rollback_moves_the_socket_back(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=5400)
    probe.service("install", probe.script, "--yes")
    probe.service("install", probe.script, "--yes", "--port", "5401")
    assert probe.ask("/", port=5401)[0] == 200
    probe.service("rollback", "probe")
    assert probe.ask("/", port=5400)[0] == 200
    gone = machine.run("curl", "-sS", "http://127.0.0.1:5401/", check=False)
    assert gone.returncode == 7


def test_the_address_may_change_and_the_port_stay(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=5400)
    probe.service("install", probe.script, "--yes")
    probe.service("install", probe.script, "--yes", "--host", "0.0.0.0")
    listen = machine.show("probe.socket", "Listen")["Listen"]
    assert listen == "0.0.0.0:5400 (Stream)"
    assert probe.ask("/")[0] == 200


def test_nothing_is_there_to_roll_back_to_after_a_first_installation(project: Projects) -> None:
    probe = project("probe", port=5400)
    probe.service("install", probe.script, "--yes")
    done = probe.service("rollback", "probe", check=False)
    assert done.returncode == 7
    assert "nothing stood before" in done.stderr
    assert probe.ask("/")[0] == 200


def test_a_replacement_that_fails_leaves_the_old_one_running(
    machine: Machine, project: Projects
) -> None:
    silent = project("silent", port=5420)
    install = ("install", silent.script, "--yes")
    silent.service(*install, "--", "--really")
    before = machine.changes()
    failed = silent.service(*install, check=False)
    assert failed.returncode == 7
    assert "putting back what stood before" in failed.stderr
    assert machine.changes() == before
    assert silent.ask("/") == (200, "well")


def test_a_unit_that_was_edited_is_not_overwritten(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=5400)
    probe.service("install", probe.script, "--yes")
    unit = "/etc/systemd/system/probe.service"
    machine.run("cp", "--archive", unit, "/srv/kept")
    machine.run("sed", "-i", "s/RestartSec=1/RestartSec=9/", unit)
    for command in (("install", probe.script, "--port", "5401"), ("uninstall", "probe")):
        done = probe.service(*command, "--yes", check=False)
        assert done.returncode == 5
        assert f"{unit} was edited since uncork wrote it" in done.stderr
    assert "RestartSec=9" in machine.run("cat", unit).stdout
    machine.run("mv", "/srv/kept", unit)


def kill_at(project: Project, step: int, *arguments: str) -> bool:
    """Run ``uncork service`` and kill it before a step; False, it had fewer steps than that."""
    command = ("/opt/uncork/bin/python", "/opt/faults.py", str(step), "service", *arguments)
    status = project.machine.run(*command, check=False).returncode
    assert status in {0, -9, 137}
    return status != 0


def test_a_first_installation_that_was_killed_is_undone(
    machine: Machine, project: Projects
) -> None:
    probe = project("probe", port=5400)
    before = machine.changes()
    for step in range(1, MOST_STEPS):
        killed = kill_at(probe, step, "install", probe.script, "--yes")
        probe.service("uninstall", "--name", "probe", "--yes", check=killed is False)
        assert machine.changes() == before, f"killed at step {step}"
        if not killed:
            assert step > 8
            return
    pytest.fail("it never came to its end")


def test_a_replacement_that_was_killed_is_undone_by_the_next_command(
    machine: Machine, project: Projects
) -> None:
    book = project("guestbook", port=5310)
    install = ("install", book.folder, "--yes", "--", "--greeting")
    book.service(*install, "Old")
    before = machine.changes()
    for step in range(1, MOST_STEPS):
        killed = kill_at(book, step, *install, "New")
        if not killed:
            assert step > 8
            assert book.ask("/hello/ada")[1] == "New, ada!"
            return
        book.service("start", "guestbook")
        assert book.ask("/hello/ada")[1] == "Old, ada!", f"killed at step {step}"
        assert machine.changes() == before, f"killed at step {step}"
    pytest.fail("it never came to its end")


def test_an_uninstallation_that_was_killed_is_undone_by_a_start(
    machine: Machine, project: Projects
) -> None:
    probe = project("probe", port=5400)
    before = machine.changes()
    probe.service("install", probe.script, "--yes")
    installed = machine.changes()
    for step in range(1, MOST_STEPS):
        if not kill_at(probe, step, "uninstall", "--name", "probe", "--yes"):
            assert step > 6
            assert machine.changes() == before
            return
        probe.service("start", "--name", "probe")
        assert probe.ask("/")[0] == 200, f"killed at step {step}"
        assert machine.changes() == installed, f"killed at step {step}"
    pytest.fail("it never came to its end")


@pytest.mark.parametrize("step", [4, 8])
def test_an_uninstallation_that_was_killed_is_ended_by_another(
    machine: Machine, project: Projects, step: int
) -> None:
    probe = project("probe", port=5400)
    before = machine.changes()
    probe.service("install", probe.script, "--yes")
    assert kill_at(probe, step, "uninstall", "--name", "probe", "--yes")
    probe.service("uninstall", "--name", "probe", "--yes")
    assert machine.changes() == before
