"""A throw-away machine whose PID 1 is a real systemd, for tests that no imitation could pass.

systemd-nspawn boots it over an overlay of the root of the machine that runs the
tests; see boot.sh. Its network is a private one with loopback alone. Nothing of it
outlives `Machine.stop`, nor the death of the process that started it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

BOOT = Path(__file__).with_name("boot.sh")
CGROUPS = Path("/sys/fs/cgroup")
PREFIX = "uncork-test-"
TOOLS = {
    "systemd-nspawn": "systemd-container",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "ip": "iproute2",
}
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "SYSTEMD_PAGER": "",
    "SYSTEMD_COLORS": "0",
}
BOOT_SECONDS = 60.0
PASSING = ("/var/lib/systemd/",)


def what_is_missing() -> str:
    """Why this machine can't boot another one, or ''."""
    if os.geteuid() != 0:
        return "needs root: sudo -E python -m pytest -m system"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        packages = " ".join(sorted({TOOLS[tool] for tool in missing}))
        return f"{', '.join(missing)} not found: apt-get install {packages}"
    if not _python_is_recent():
        return "the apps' interpreter is the distribution's: /usr/bin/python3, 3.10 or newer"
    namespaces = subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    return f"no namespaces: {namespaces.stderr.strip()}" if namespaces.returncode else ""


def _python_is_recent() -> bool:
    asked = "import sys; sys.exit(sys.version_info < (3, 10))"
    with contextlib.suppress(OSError):
        return subprocess.run(["/usr/bin/python3", "-c", asked], check=False).returncode == 0
    return False


class Machine:
    """A machine that has booted; `Machine.boot` makes one."""

    def __init__(self) -> None:
        """Nothing has been started yet: what is put below `seed` will be laid over its root."""
        # A host name to be: tempfile.mkdtemp would use underscores. Whose it is, for `sweep`.
        self.name = f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
        self.folder = Path(tempfile.gettempdir(), self.name)
        self.folder.mkdir(mode=0o700)
        self.log = self.folder / "console.log"
        self.seed = self.folder / "seed"
        self.seed.mkdir()
        self.leader = 0
        self._supervisor: subprocess.Popen[bytes] | None = None

    def boot(self) -> None:
        """Start it, and wait until systemd says that it is up.

        Raises:
            RuntimeError: it does not come up; with the console's last lines.
        """
        mount_point = self.folder / "mnt"
        mount_point.mkdir()
        # The death of this process kills unshare, whose death kills all the rest.
        command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--net", "--pid"]
        command += ["--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
        command += ["bash", str(BOOT), str(mount_point), str(self.seed), self.name]
        with self.log.open("wb") as log:
            self._supervisor = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests, which then stop this
            )
        self._wait_until_up(previous=0)

    def reboot(self) -> None:
        """A real reboot: units stop, PID 1 ends and another one starts on the same disk."""
        before = self.leader
        self.run("systemctl", "reboot", check=False)
        self._wait_until_up(previous=before)

    def stop(self) -> None:
        """End it at once, and leave nothing behind."""
        if self._supervisor is not None:
            with contextlib.suppress(ProcessLookupError):
                self._supervisor.kill()
            self._supervisor.wait()
        wait_for(self._remove_cgroups, "the control groups can be removed")
        # The supervisor's mounts went with its namespace: what is left is plain.
        shutil.rmtree(self.folder)

    def run(
        self,
        *argv: str,
        user: str = "root",
        check: bool = True,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the machine, with an environment of its own, and wait for it.

        Args:
            argv: the program and its arguments.
            user: who runs it.
            check: fail if its exit status is not 0.
            stdin: what it reads.
            env: added to its environment.
            timeout: in seconds.
        """
        done = subprocess.run(
            self.command(argv, user=user, env=env),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert not check or done.returncode == 0, (
            f"{argv} left with {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done

    def command(
        self, argv: Sequence[str], *, user: str = "root", env: Mapping[str, str] | None = None
    ) -> list[str]:
        """The command line that runs a program in the machine."""
        enter = ["nsenter", "--target", str(self.leader), "--mount", "--uts", "--ipc", "--net"]
        enter += ["--pid", "--cgroup", "--root", "env", "--chdir=/", "-i"]
        enter += [f"{name}={value}" for name, value in {**ENVIRONMENT, **(env or {})}.items()]
        if user != "root":
            enter += ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        return [*enter, *argv]

    def show(self, unit: str, *properties: str) -> dict[str, str]:
        """Properties of a unit, as systemd knows them."""
        asked = [f"--property={name}" for name in properties]
        lines = self.run("systemctl", "show", *asked, unit).stdout.splitlines()
        return dict(line.partition("=")[::2] for line in lines)

    def changes(self) -> dict[str, str]:
        """Every file of /etc, /usr and /var/lib that is not as this machine's own root has it.

        The overlay's upper layer holds exactly those. Each path with its mode, its owner and
        what it holds; systemd's own timers, seeds and credentials come and go and are left out.
        """
        assert self._supervisor is not None
        mount_point = str(self.folder / "mnt" / "upper").lstrip("/")
        upper = Path(f"/proc/{self._supervisor.pid}/root", mount_point)
        found = {}
        for top in ("etc", "usr", "var/lib"):
            for path in sorted((upper / top).rglob("*")):
                inside = Path("/", path.relative_to(upper))
                if not str(inside).startswith(PASSING) and not _is_same_folder(path, inside):
                    found[str(inside)] = _described(path)
        return found

    def _wait_until_up(self, previous: int) -> None:
        deadline = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < deadline:
            if self._supervisor is None or self._supervisor.poll() is not None:
                break
            self.leader = self._find_leader()
            if self.leader not in {0, previous} and self._is_up():
                self._let_limits_bite()
                return
            time.sleep(0.05)
        console = self.log.read_text(errors="replace").splitlines()[-20:]
        raise RuntimeError("\n".join(["the machine does not come up:", *console]))

    def _is_up(self) -> bool:
        state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
        return state in {"running", "degraded"}

    def _let_limits_bite(self) -> None:
        # nspawn mounts the controllers of cgroup v1 read-only. Without this systemd
        # ignores MemoryMax=, TasksMax= and CPUQuota= and says nothing.
        for controller in ("memory", "pids", "cpu", "cpuacct", "blkio", "devices"):
            if (CGROUPS / controller).is_dir():
                path = f"/sys/fs/cgroup/{controller}"
                self.run("mount", "-o", "remount,bind,rw", path)
        self.run("systemctl", "daemon-reexec")

    def _find_leader(self) -> int:
        """The machine's PID 1 as a process of the machine outside, or 0."""
        assert self._supervisor is not None
        for pid in _descendants(self._supervisor.pid):
            with contextlib.suppress(OSError):
                nspawn = Path(f"/proc/{_parent(pid)}/comm").read_text().strip()
                comm = Path(f"/proc/{pid}/comm").read_text().strip()
                if comm == "systemd" and nspawn == "systemd-nspawn":
                    return pid
        return 0

    def _remove_cgroups(self) -> bool:
        return remove_cgroups(self.name)


def wait_for(condition: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Wait until a condition holds.

    Raises:
        AssertionError: it does not within so many seconds.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def remove_cgroups(name: str) -> bool:
    """Remove the control groups of a machine; False while a process is left in one."""
    for base in (CGROUPS, *(path for path in CGROUPS.iterdir() if path.is_dir())):
        if (base / name).is_dir():
            for folder, _, _ in os.walk(base / name, topdown=False):
                if not _removed(folder):
                    return False
    return True


def _removed(folder: str) -> bool:
    with contextlib.suppress(OSError):
        Path(folder).rmdir()
        return True
    return False


def sweep() -> None:
    """Remove what a test run that was killed could not: empty control groups and folders."""
    tops = [CGROUPS, *(path for path in CGROUPS.iterdir() if path.is_dir())]
    left = [path for top in tops for path in top.glob(f"{PREFIX}*")]
    left += Path(tempfile.gettempdir()).glob(f"{PREFIX}*")
    for path in left:
        owner = path.name.removeprefix(PREFIX).partition("-")[0]
        if not Path("/proc", owner).exists() and remove_cgroups(path.name):
            shutil.rmtree(Path(tempfile.gettempdir(), path.name), ignore_errors=True)


def _descendants(pid: int) -> Iterator[int]:
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = _parent(int(folder.name))
    found = {pid}
    # A child can have a lower number than its parent once numbers wrap around.
    while new := {child for child, parent in parents.items() if parent in found} - found:
        found |= new
        yield from new


def _parent(pid: int) -> int:
    status = Path(f"/proc/{pid}/stat").read_text()
    return int(status.rpartition(")")[2].split()[1])


def _is_same_folder(path: Path, lower: Path) -> bool:
    """Whether a folder is in the upper layer only for what is, or was, in it."""
    if path.is_symlink() or not path.is_dir() or lower.is_symlink() or not lower.is_dir():
        return False
    above, below = path.stat(), lower.stat()
    return (above.st_mode, above.st_uid, above.st_gid) == (
        below.st_mode,
        below.st_uid,
        below.st_gid,
    )


def _described(path: Path) -> str:
    status = path.lstat()
    owner = f"{status.st_mode:o} {status.st_uid}:{status.st_gid}"
    if path.is_symlink():
        return f"{owner} -> {path.readlink()}"
    content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return f"{owner} {content}"
