"""The machine itself: what a test may rely on there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.system.machine import Machine

pytestmark = pytest.mark.system

EAT = "x = bytearray(200_000_000)"
FORK = "import os; os.fork()"
UNSHARE = "import ctypes; ctypes.CDLL(None).unshare(1 << 28) and 1/0"


def transient(machine: Machine, setting: str, program: str) -> tuple[int, str]:
    """The status of a Python program in a service with one more setting, and its words."""
    done = machine.run(
        "systemd-run", "--wait", "--pipe", "--quiet", f"--property={setting}", "/usr/bin/python3",
        "-c", program, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


def test_pid_1_is_systemd(machine: Machine) -> None:
    assert machine.run("cat", "/proc/1/comm").stdout.strip() == "systemd"
    assert machine.run("systemctl", "--failed", "--quiet").stdout.strip() == ""


@pytest.mark.parametrize(
    ("setting", "program", "words"),
    [
        ("MemoryMax=40M", EAT, ""),
        ("TasksMax=1", FORK, "BlockingIOError"),
        ("SystemCallFilter=~uname", "import os; os.uname()", ""),
        ("RestrictAddressFamilies=AF_UNIX", "import socket; socket.socket()", "OSError"),
        ("ProtectSystem=strict", "open('/etc/canary', 'w')", "Read-only file system"),
        ("RestrictNamespaces=yes", UNSHARE, "ZeroDivisionError"),
        ("DynamicUser=yes", "open('/etc/canary', 'w')", "Read-only file system"),
    ],
)
def test_limits_and_filters_bite(machine: Machine, setting: str, program: str, words: str) -> None:
    assert transient(machine, "Environment=CANARY=1", program)[0] == 0
    status, said = transient(machine, setting, program)
    assert status != 0
    # systemd-run itself would complain of a setting that it does not know.
    assert words in said if words else said == ""


def test_a_reboot_is_a_new_boot_of_the_same_disk(machine: Machine) -> None:
    booted = machine.run("cat", "/proc/sys/kernel/random/boot_id").stdout
    machine.run("sh", "-c", "echo kept > /srv/kept; echo lost > /run/lost")
    machine.reboot()
    assert machine.run("cat", "/proc/sys/kernel/random/boot_id").stdout != booted
    assert machine.run("cat", "/srv/kept").stdout == "kept\n"
    assert machine.run("test", "-e", "/run/lost", check=False).returncode == 1
    machine.run("rm", "/srv/kept")
