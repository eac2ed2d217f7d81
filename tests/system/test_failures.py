"""What can't be installed: it says why in the app's terms, and the machine is as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.system.machine import wait_for

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.system.conftest import Project, Projects
    from tests.system.machine import Machine

pytestmark = pytest.mark.system


@pytest.fixture
def _as_before(machine: Machine) -> Generator[None]:
    """The machine is the same file by file when the test has ended, and nothing runs or failed."""
    before = machine.changes()
    yield
    assert machine.changes() == before
    listed = machine.run("systemctl", "list-units", "--all", "--plain", "--no-legend").stdout
    apps = ("broken", "silent", "failing", "probe", "greeter")
    assert [line for line in listed.splitlines() if line.startswith(apps)] == []


def refused(project: Project, *arguments: str, status: int) -> str:
    """What uncork says when it refuses to install."""
    done = project.service("install", project.script, "--yes", *arguments, check=False)
    assert done.returncode == status, done.stderr
    return done.stderr


@pytest.mark.usefixtures("_as_before")
def test_an_app_that_crashes_as_it_starts(project: Projects) -> None:
    broken = project("broken", port=5410)
    said = refused(broken, status=7)
    assert f"error: {broken.script}:8: the app failed as it started: KeyError" in said
    assert "NOBODY_SETS_THIS" in said


@pytest.mark.usefixtures("_as_before")
def test_a_script_that_ends_without_serving(project: Projects) -> None:
    silent = project("silent", port=5420)
    said = refused(silent, status=7)
    assert "error: it ended without ever serving" in said
    assert "the script has exited by itself" in said
    assert silent.service("install", silent.script, "--yes", "--", "--really").returncode == 0
    silent.service("uninstall", "silent", "--yes")


@pytest.mark.usefixtures("_as_before")
def test_an_app_that_answers_with_errors(project: Projects) -> None:
    failing = project("failing", port=5430)
    said = refused(failing, status=7)
    assert "it started, but / answers 500: KeyError: 'NO_SUCH_KEY'" in said
    assert f"{failing.script}:10" in said


@pytest.mark.usefixtures("_as_before")
def test_a_port_that_another_program_has(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=5400)
    code = "import socket, time; s = socket.create_server(('127.0.0.1', 5400)); time.sleep(300)"
    squatter = ("systemd-run", "--quiet", "--collect", "--unit=squatter", "/usr/bin/python3")
    machine.run(*squatter, "-c", code)
    ask = ("curl", "-sS", "--max-time", "0.1", "http://127.0.0.1:5400/")
    # 7 is curl's "failed to connect": it listens when curl waits for an answer instead.
    wait_for(lambda: machine.run(*ask, check=False).returncode != 7, "it listens")
    try:
        said = refused(probe, status=7)
        assert "error: port 5400 is in use by /usr/bin/python3 -c" in said
    finally:
        machine.run("systemctl", "stop", "squatter")


@pytest.mark.usefixtures("_as_before")
def test_a_home_that_the_service_user_cannot_enter(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=5400, under="/home/ada")
    machine.run("chmod", "700", "/home/ada")
    said = refused(probe, "--service-user", "pi", status=7)
    assert "error: pi can't enter /home/ada" in said


@pytest.mark.usefixtures("_as_before")
def test_an_interpreter_in_another_users_home(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=5400)
    machine.run("cp", "--archive", "/opt/flask", "/home/pi/flask")
    machine.run("chmod", "700", "/home/pi")
    try:
        said = refused(probe, "--python", "/home/pi/flask/bin/python", status=7)
        assert "error: ada can't run /home/pi/flask/bin/python: /home/pi is closed" in said
    finally:
        machine.run("rm", "-r", "/home/pi/flask")


@pytest.mark.usefixtures("_as_before")
def test_an_uncork_that_the_service_user_cannot_read(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=5400)
    machine.run("cp", "--archive", "/opt/uncork", "/home/pi/uncork")
    machine.run("chmod", "700", "/home/pi")
    try:
        python = "/home/pi/uncork/bin/python"
        install = ("-m", "uncork", "service", "install", probe.script, "--yes")
        done = machine.run(python, *install, check=False)
        assert done.returncode == 7
        assert "error: ada can't enter /home/pi" in done.stderr
        assert f"hint: {probe.folder}/.venv/bin/python -m pip install uncork" in done.stderr
    finally:
        machine.run("rm", "-r", "/home/pi/uncork")


@pytest.mark.usefixtures("_as_before")
def test_a_data_base_beside_code_of_roots(project: Projects) -> None:
    greeter = project("greeter", port=5300, owner="root")
    said = refused(greeter, status=4)
    assert "server.py:18: it opens a sqlite data base, but /srv/greeter belongs to root" in said
    assert "chown -R USER /srv/greeter" in said


@pytest.mark.usefixtures("_as_before")
def test_a_data_base_that_the_service_user_cannot_write(project: Projects) -> None:
    greeter = project("greeter", port=5300)
    said = refused(greeter, "--service-user", "pi", status=7)
    assert "it opens a sqlite data base, and pi can't write /srv/greeter" in said


@pytest.mark.usefixtures("_as_before")
def test_a_user_that_does_not_exist(project: Projects) -> None:
    probe = project("probe", port=5400)
    assert "there is no user nemo" in refused(probe, "--service-user", "nemo", status=2)


@pytest.mark.usefixtures("_as_before")
def test_root_runs_it_only_if_that_was_said(machine: Machine, project: Projects) -> None:
    greeter = project("greeter", port=5300, owner="root")
    greeter.service("install", greeter.script, "--service-user", "root", "--yes")
    assert machine.show("greeter.service", "User")["User"] == "root"
    assert greeter.ask("/hello/ada")[0] == 200
    greeter.service("uninstall", "greeter", "--yes")


@pytest.mark.usefixtures("_as_before")
def test_somebody_who_is_not_root(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=5400)
    command = ("/opt/uncork/bin/python", "-m", "uncork", "service", "install", probe.script)
    done = machine.run(*command, "--yes", user="ada", check=False)
    assert done.returncode == 7
    assert "hint: sudo uncork service install" in done.stderr


@pytest.mark.usefixtures("_as_before")
def test_without_a_terminal_and_without_yes(project: Projects) -> None:
    probe = project("probe", port=5400)
    done = probe.service("install", probe.script, check=False)
    assert done.returncode == 2
    assert "ListenStream=127.0.0.1:5400" in done.stderr


@pytest.mark.usefixtures("_as_before")
def test_the_name_of_another_service(project: Projects) -> None:
    probe = project("probe", port=5400)
    said = refused(probe, "--name", "systemd-logind", status=2)
    assert "there is a systemd-logind.service already that is not uncork's" in said


@pytest.mark.usefixtures("_as_before")
def test_a_secret_among_the_arguments(project: Projects) -> None:
    probe = project("probe", port=5400)
    said = refused(probe, "--", "--api-key", "hunter2", status=4)
    assert "--api-key would be read by everyone" in said
    assert "hunter2" not in said


@pytest.mark.usefixtures("_as_before")
def test_a_project_in_tmp(project: Projects) -> None:
    probe = project("probe", port=5400, under="/tmp")  # noqa: S108 - in the machine
    assert "the service has a /tmp of its own" in refused(probe, status=7)
