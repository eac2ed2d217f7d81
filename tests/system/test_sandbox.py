"""The sandbox, probed from inside by an app that tries."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.system.conftest import Project
    from tests.system.machine import Machine

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def probe(machine: Machine) -> Generator[Project]:
    """The probing app as a service of ada's, in /srv."""
    from tests.system.conftest import Projects  # noqa: PLC0415 - a class of the conftest's

    projects = Projects(machine)
    made = projects("probe", port=5400)
    machine.run("sh", "-c", "echo secret > /home/pi/diary; chmod 644 /home/pi/diary")
    machine.run("sh", "-c", "chmod 755 /home/pi /home/ada; mkdir -p -m 777 /srv/open")
    made.service("install", made.script, "--yes")
    yield made
    projects.clean()


def written(probe: Project, path: str) -> bool:
    """Whether the app could make a file there."""
    return bool(probe.ask_json(f"/write?{urlencode({'path': path})}")["written"])


def test_it_writes_beside_its_code(probe: Project) -> None:
    assert written(probe, f"{probe.folder}/upload")
    assert probe.ask_json("/visit")["visits"] == 1


@pytest.mark.parametrize(
    "folder",
    [
        "/", "/etc", "/usr", "/var/lib", "/home/pi", "/home/ada", "/root", "/srv", "/srv/open",
        "/var/log", "/run", "/proc/sys/kernel", "/sys", "/dev", "/srv/probe/.venv",
    ],
)  # fmt: skip
def test_it_writes_nowhere_else(probe: Project, folder: str) -> None:
    assert not written(probe, f"{folder}/new")


def test_a_folder_that_is_open_to_everyone_is_open_without_the_sandbox(machine: Machine) -> None:
    machine.run("touch", "/srv/open/new", "/srv/probe/.venv/new", user="ada")
    machine.run("rm", "/srv/open/new", "/srv/probe/.venv/new")


def test_its_tmp_is_its_own(machine: Machine, probe: Project) -> None:
    machine.run("sh", "-c", "echo shared > /tmp/shared; chmod 644 /tmp/shared")
    assert written(probe, "/tmp/mine")  # noqa: S108 - the service's own
    assert probe.ask_json("/read?path=/tmp/shared")["content"] is None


def test_it_sees_no_home_folder(probe: Project) -> None:
    assert probe.ask_json("/read?path=/home/pi/diary")["content"] is None


def test_it_sees_no_process_of_others(probe: Project) -> None:
    assert probe.ask_json("/read?path=/proc/1/cmdline")["content"] is None


def test_it_can_gain_no_rights(probe: Project) -> None:
    status = probe.ask_json("/process")["status"]
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert {int(status[name], 16) for name in ("CapEff", "CapBnd", "CapPrm", "CapAmb")} == {0}


def test_forbidden_system_calls_fail_and_it_goes_on(probe: Project) -> None:
    tried = probe.ask_json("/forbidden")
    assert tried == dict.fromkeys(("chroot", "priority", "namespace"), "PermissionError")
    assert probe.ask("/")[0] == 200


def test_systemd_rates_it_well(machine: Machine, probe: Project) -> None:
    assert probe.ask("/")[0] == 200
    rated = machine.run(
        "systemd-analyze", "security", "--threshold=15", "--no-pager", "probe.service", check=False
    )
    assert rated.returncode == 0, rated.stdout[-200:]
    command = "systemd-analyze verify --man=no --recursive-errors=no /etc/systemd/system/probe.*"
    assert machine.run("sh", "-c", command).stderr == ""
