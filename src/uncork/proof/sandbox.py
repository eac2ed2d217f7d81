"""PID 1 of an isolation: arranges what the probe sees, runs it, and ends everything it started.

Run under unshare(1) as root of the new namespaces, by uncork's own Python, with nothing
but the standard library and its two neighbours `mounts` and `trees`.

Facts: user_namespaces(7), pid_namespaces(7), capabilities(7), prctl(2).
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uncork.proof.mounts import arrange, loopback_up
from uncork.proof.trees import applied_digests, apply_files, written

if TYPE_CHECKING:
    from collections.abc import Mapping

CLONE_NEWUSER = 0x10000000
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 24, 38, 47, 4
LAST_CAPABILITY = Path("/proc/sys/kernel/cap_last_cap")


def give_up_powers(spec: Mapping[str, Any]) -> None:
    """Become the user that the app belongs to, without a capability in these namespaces.

    An ordinary user's namespaces map them to root; a second user namespace maps them
    back, and owns none of the mounts.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if spec["user"]:
        if libc.unshare(CLONE_NEWUSER) != 0:
            raise OSError(ctypes.get_errno(), "can't map the user back")
        Path("proc/self/setgroups").write_text("deny")
        Path("proc/self/uid_map").write_text(f"{spec['uid']} 0 1")
        Path("proc/self/gid_map").write_text(f"{spec['gid']} 0 1")
    else:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
        for capability in range(int(LAST_CAPABILITY.read_text()) + 1):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
        if spec["uid"] != 0:
            os.setgroups(spec["groups"])
            os.setresgid(spec["gid"], spec["gid"], spec["gid"])
            os.setresuid(spec["uid"], spec["uid"], spec["uid"])
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def start(spec: Mapping[str, Any]) -> int:
    """Start the probe in a child of its own session; return its process id."""
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        give_up_powers(spec)
        os.chdir(spec["folder"])
        os.execve(spec["command"][0], spec["command"], spec["environment"])  # noqa: S606 - no shell
    except OSError as error:
        os.write(2, f"{error}\n".encode())
        os._exit(127)


def wait_for(child: int, seconds: int) -> tuple[int, bool]:
    """Reap everything until the child ends; after `seconds` it is killed.

    Returns:
        its exit status (negative: the signal), and whether its time was over.
    """
    late = False

    def end(_signal: int, _frame: object) -> None:
        nonlocal late
        late = True
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    while True:
        ended, status = os.wait()
        if ended == child:
            signal.alarm(0)
            return os.waitstatus_to_exitcode(status), late


def unreached() -> int:
    """How many connections found no way or nobody there, whoever tried: proc_net_snmp.

    Libraries that connect in C, as database drivers do, raise no audit event.
    """
    lines = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()]
    counts = {
        (names[0], name): int(count)
        for names, values in zip(lines[::2], lines[1::2], strict=True)
        for name, count in zip(names[1:], values[1:], strict=True)
    }
    return counts["Ip:", "OutNoRoutes"] + counts["Tcp:", "AttemptFails"]


def run(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Arrange, run, and say what happened; ``refused`` alone if the system did not allow it."""
    folder = Path(spec["folder"])
    try:
        loopback_up()
        copies = arrange(spec)
        apply_files(folder, spec["files"])
    except OSError as error:
        return {"refused": f"{error.strerror} ({error.filename})" if error.filename else str(error)}
    applied = applied_digests(folder, spec["files"], folder)
    code, late = wait_for(start(spec), spec["seconds"])
    return {
        "code": code,
        "late": late,
        "copied": [str(copy.path) for copy in copies if not copy.overlay],
        "written": written(copies, applied=applied),
        "unreached": unreached(),
    }


def main() -> None:
    """Read the specification, run it, write the result."""
    spec_fd, result_fd = int(sys.argv[1]), int(sys.argv[2])
    os.lseek(spec_fd, 0, os.SEEK_SET)
    with os.fdopen(spec_fd) as file:
        spec = json.load(file)
    os.set_inheritable(result_fd, False)
    os.write(result_fd, json.dumps(run(spec)).encode())


if __name__ == "__main__":
    main()
