"""`uncork up`: from `python server.py` to a service that survives a reboot, in one command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.system.conftest import Projects
    from tests.system.machine import Machine

pytestmark = pytest.mark.system


def test_a_script_becomes_a_migrated_verified_service_that_survives_a_reboot(
    machine: Machine, project: Projects
) -> None:
    greeter = project("greeter", port=5300)
    done = greeter.uncork("up", greeter.script, "--yes", "--", "--limit", "3", "--shout")
    assert [step for step in range(1, 5) if f"[{step}/4]" in done.stderr] == [1, 2, 3, 4]
    assert "the same" in done.stderr
    assert "http://127.0.0.1:5300/ answers 200" in done.stdout
    assert greeter.ask("/hello/ada") == (200, "HELLO, ADA!")
    assert "wsgi:create_app" in machine.show("greeter.service", "ExecStart")["ExecStart"]
    # What root wrote into ada's project is hers.
    owners = machine.run("sh", "-c", f"stat -c %U {greeter.folder}/*.py").stdout
    assert set(owners.split()) == {"ada"}

    machine.reboot()
    assert greeter.ask("/hello/ada") == (200, "HELLO, ADA!")
    assert "The last 3 are shown." in greeter.ask("/")[1]


def test_as_is_the_service_runs_the_unchanged_script(machine: Machine, project: Projects) -> None:
    greeter = project("greeter", port=5300)
    before = machine.run("cat", greeter.script).stdout
    greeter.uncork("up", greeter.script, "--as-is", "--yes", "--", "--greeting", "Ahoy")
    assert greeter.ask("/hello/ada") == (200, "Ahoy, ada!")
    assert machine.run("cat", greeter.script).stdout == before
