"""One machine for all system tests, and the steps that they share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.system.machine import Machine, sweep, what_is_missing
from tests.system.seed import make_seed

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Generator, Iterator

    from tests.conftest import RequireTier

UNCORK = "/opt/uncork/bin/python"
ASK = """
import http.client, json, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=30)
connection.request("GET", sys.argv[2])
answer = connection.getresponse()
print(json.dumps([answer.status, answer.read().decode()]))
"""


@pytest.fixture(scope="session")
def machine(require_tier: RequireTier) -> Iterator[Machine]:
    """A machine that has booted, for all tests of the run; users ada and pi live there."""
    if missing := what_is_missing():
        require_tier("system", missing)
    sweep()
    machine = Machine()
    try:
        make_seed(machine.seed)
        machine.boot()
        for user in ("ada", "pi"):
            machine.run("useradd", "--create-home", "--shell", "/bin/sh", user)
        yield machine
    finally:
        machine.stop()


@dataclass(frozen=True)
class Project:
    """An app that a user has in the machine.

    Args:
        machine: where.
        folder: its folder there.
        script: its script there.
        port: what its script listens on.
    """

    machine: Machine
    folder: str
    script: str
    port: int

    def uncork(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run uncork as root, from a folder that has nothing to do with the project."""
        return self.machine.run(UNCORK, "-m", "uncork", *arguments, check=check)

    def service(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``uncork service``."""
        return self.uncork("service", *arguments, check=check)

    def ask(self, path: str = "/", port: int | None = None) -> tuple[int, str]:
        """The status and the body of an answer.

        Raises:
            AssertionError: there is none.
        """
        asked = self.machine.run(
            "/usr/bin/python3", "-c", ASK, str(port or self.port), path, timeout=60
        )
        status, body = json.loads(asked.stdout)
        return status, body

    def ask_json(self, path: str, port: int | None = None) -> Any:
        """The JSON that a route answers."""
        status, body = self.ask(path, port)
        assert status == 200, body
        return json.loads(body)


class Projects:
    """Makes projects, and takes their services away again."""

    def __init__(self, machine: Machine) -> None:
        """Nothing yet."""
        self.machine = machine
        self.made: list[str] = []

    def __call__(
        self, app: str, *, port: int, owner: str = "ada", under: str = "/srv", name: str = ""
    ) -> Project:
        """A copy of one of the apps with an environment of its own, as its owner would have it."""
        folder = f"{under}/{name or app}"
        self.machine.run("cp", "--recursive", f"/opt/apps/{app}", folder)
        self.machine.run("cp", "--archive", "/opt/flask", f"{folder}/.venv")
        self.machine.run("chown", "--recursive", f"{owner}:{owner}", folder)
        self.made.append(folder)
        return Project(self.machine, folder, f"{folder}/server.py", port)

    def clean(self) -> None:
        """Uninstall what is installed, whatever its state, and remove the projects."""
        listed = self.machine.run("sh", "-c", "ls /var/lib/uncork 2>/dev/null", check=False)
        for name in listed.stdout.split():
            self.machine.run(
                UNCORK, "-m", "uncork", "service", "uninstall", "--name", name, "--yes", check=False
            )
        self.machine.run("rm", "--recursive", "--force", *self.made, check=False)


@pytest.fixture
def project(machine: Machine) -> Generator[Projects]:
    """Make projects: ``project("greeter", port=5300)``."""
    projects = Projects(machine)
    yield projects
    projects.clean()
