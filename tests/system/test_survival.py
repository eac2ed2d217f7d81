"""What a service survives: a kill, a reboot, restarts under load, a crash loop."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from tests.system.machine import wait_for

if TYPE_CHECKING:
    from tests.system.conftest import Project, Projects
    from tests.system.machine import Machine

pytestmark = pytest.mark.system

RESTARTS = 3
STOP = "/run/clients-stop"


def test_killed_it_is_back(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=5400)
    probe.service("install", probe.script, "--yes")
    killed = probe.ask_json("/")["pid"]
    machine.run("kill", "-KILL", machine.show("probe.service", "MainPID")["MainPID"])
    # The socket is open all the time: a request waits, and is not refused.
    assert probe.ask_json("/")["pid"] != killed
    status = json.loads(probe.service("status", "probe", "--json").stdout)["service"]
    assert (status["restarts"], status["is_well"]) == (1, True)


def test_ended_by_itself_it_is_back(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=5400)
    probe.service("install", probe.script, "--yes")
    ended = probe.ask_json("/")["pid"]
    # It may end before it has answered.
    machine.run("curl", "-sS", "http://127.0.0.1:5400/crash", check=False)
    wait_for(lambda: probe.ask_json("/")["pid"] != ended, "another process answers")


def test_after_a_reboot_it_is_back(machine: Machine, project: Projects) -> None:
    greeter = project("greeter", port=5300)
    book = project("guestbook", port=5310, under="/home/ada")
    greeter.service("install", greeter.script, "--yes", "--", "--greeting", "Moin")
    book.service("install", book.folder, "--yes", "--", "--greeting", "Servus")
    greeter.ask("/hello/early")
    machine.reboot()
    # Before any request: systemd started it, and not the first client.
    wait_for(
        lambda: machine.show("greeter.service", "ActiveState")["ActiveState"] == "active",
        "it starts at boot",
    )
    assert greeter.ask("/hello/ada") == (200, "Moin, ada!")
    assert book.ask("/hello/ada") == (200, "Servus, ada!")
    assert "early" in greeter.ask("/")[1]
    greeter.service("status", "greeter")


def test_a_request_during_a_restart_is_answered(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=5400)
    probe.service("install", probe.script, "--yes")
    report = restart_under_load(machine, probe)
    for client, counted in report.items():
        assert counted["failures"] == [], client
    assert report["Closing"]["made"] >= 50 * RESTARTS
    assert report["Busy"]["made"] >= 50 * RESTARTS
    assert report["Pausing"]["made"] >= 5


def restart_under_load(machine: Machine, probe: Project) -> dict[str, dict[str, Any]]:
    """What the clients counted during some restarts."""
    machine.run("rm", "--force", STOP)
    command = ["/usr/bin/python3", "/opt/clients.py", "127.0.0.1", "5400", "/", STOP]
    clients = subprocess.Popen(machine.command(command), stdout=subprocess.PIPE, text=True)
    try:
        seen = {probe.ask_json("/")["pid"]}
        for _ in range(RESTARTS):
            probe.service("restart", "probe")
            seen.add(probe.ask_json("/")["pid"])
        assert len(seen) == RESTARTS + 1
    finally:
        machine.run("touch", STOP)
        out = clients.communicate(timeout=60)[0]
    report: dict[str, dict[str, Any]] = json.loads(out)
    return report


def test_a_running_request_ends_before_the_service_does(
    machine: Machine, project: Projects
) -> None:
    probe = project("probe", port=5400)
    probe.service("install", probe.script, "--yes")
    command = machine.command(["curl", "-sS", "http://127.0.0.1:5400/slow?seconds=1.5"])
    slow = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    wait_for(lambda: probe.ask_json("/busy")["running"] == 1, "the request runs")
    probe.service("restart", "probe")
    assert slow.communicate(timeout=30)[0] == "slow"


def test_stopped_both_are_and_it_stays_so(machine: Machine, project: Projects) -> None:
    probe = project("probe", port=5400)
    probe.service("install", probe.script, "--yes")
    said = probe.service("stop", "probe").stdout
    assert "its socket, too" in said
    refused = machine.run("curl", "-sS", "http://127.0.0.1:5400/", check=False)
    assert refused.returncode == 7  # curl's "failed to connect"
    for unit in ("probe.service", "probe.socket"):
        assert machine.show(unit, "ActiveState")["ActiveState"] == "inactive"
    assert probe.service("status", "probe", check=False).returncode == 1
    probe.service("start", "probe")
    assert probe.ask("/")[0] == 200


def test_a_crash_loop_fails_the_socket_and_start_resets_both(
    machine: Machine, project: Projects
) -> None:
    probe = project("probe", port=5400)
    probe.service("install", probe.script, "--yes")
    quick = "[Service]\\nRestartSec=20ms\\n[Unit]\\nStartLimitBurst=3\\n"
    folder = "/etc/systemd/system/probe.service.d"
    machine.run("sh", "-c", f"mkdir {folder}; printf '{quick}' > {folder}/quick.conf")
    try:
        machine.run("sed", "-i", "1i raise SystemExit('on strike')", probe.script)
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "restart", "probe.service", check=False)
        # A request wakes it until systemd gives up, and then fails the socket as well.
        wait_for(lambda: gives_up(machine), "systemd gives up")
        status = json.loads(probe.service("status", "probe", "--json", check=False).stdout)
        assert status["service"]["listening"] is False
        assert status["status"] == 1
        assert "Failed with result" in status["service"]["last_errors"][-1]
        refused = probe.service("start", "probe", check=False)
        assert refused.returncode == 7
        machine.run("sed", "-i", "1d", probe.script)
        probe.service("start", "probe")
        assert probe.ask("/")[0] == 200
    finally:
        machine.run("rm", "-r", folder)
        machine.run("systemctl", "daemon-reload")


def gives_up(machine: Machine) -> bool:
    """Whether the socket has failed; asks it first, as a client would."""
    machine.run("curl", "-sS", "--max-time", "0.2", "http://127.0.0.1:5400/", check=False)
    return machine.show("probe.socket", "ActiveState")["ActiveState"] == "failed"
