"""systemd as this machine has it: systemctl, journalctl and systemd-analyze, nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from uncork.errors import SystemRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uncork.service.unit import Units

_RECURSIVE_ERRORS = 250
"""The version of systemd whose ``verify`` fails on unknown directives, if asked (its NEWS)."""
_SECONDS = 180
"""How long systemctl may take: a start waits until the app is ready, or TimeoutStartSec."""
_PLAIN = {"SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "", "LC_ALL": "C.UTF-8"}


def systemd_is_running() -> bool:
    """Whether systemd is PID 1 here; the test of sd_booted(3)."""
    return Path("/run/systemd/system").is_dir()


def need_systemd(instead: str) -> None:
    """See to it that systemd runs this machine.

    Args:
        instead: what to type where it does not.

    Raises:
        SystemRefusedError: it does not.
    """
    if not systemd_is_running():
        first = Path("/proc/1/comm")
        name = first.read_text().strip() if first.exists() else "something else"
        raise SystemRefusedError(
            f"systemd does not run this machine: PID 1 is {name}", hint=instead
        )


def need_root(command: str) -> None:
    """See to it that this process may change the machine.

    Raises:
        SystemRefusedError: it may not.
    """
    if os.geteuid() != 0:
        raise SystemRefusedError("system services are root's to change", hint=f"sudo {command}")


def systemctl(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run systemctl and wait.

    Args:
        arguments: its own.
        check: raise if it fails.

    Raises:
        SystemRefusedError: it failed, with what it said.
    """
    done = _run(["systemctl", "--no-ask-password", *arguments])
    if check and done.returncode != 0:
        said = " ".join(done.stderr.split()) or f"status {done.returncode}"
        raise SystemRefusedError(f"systemctl {' '.join(arguments)} failed: {said}")
    return done


def properties(unit: str, *names: str) -> dict[str, str]:
    """Properties of a unit, '' for those that systemd does not know (systemctl show)."""
    asked = [f"--property={name}" for name in names]
    lines = systemctl("show", *asked, "--", unit, check=False).stdout.splitlines()
    return {**dict.fromkeys(names, ""), **dict(line.partition("=")[::2] for line in lines)}


def journal(
    units: Sequence[str], *, since: float | None = None, lines: int = 200, form: str = "cat"
) -> list[str]:
    """The journal's last lines about some units, the oldest first.

    Args:
        units: their names.
        form: journalctl's output format; ``cat`` gives the bare messages.
        since: seconds since the epoch; None, from the beginning.
        lines: how many at most.
    """
    _run(["journalctl", "--sync"])
    command = ["journalctl", "--quiet", f"--output={form}", f"--lines={lines}", "--no-pager"]
    command += [f"--unit={unit}" for unit in units]
    if since is not None:
        command.append(f"--since=@{since:.6f}")
    return _run(command).stdout.splitlines()


def follow_journal(units: Sequence[str], *, lines: int, follow: bool) -> NoReturn:
    """Become journalctl: it pages, colours and follows as people know it."""
    command = ["journalctl", f"--lines={lines}", *(f"--unit={unit}" for unit in units)]
    command += ["--follow"] if follow else []
    os.execvp(command[0], command)  # noqa: S606 - a list, without a shell


def verify(units: Units) -> None:
    """Let systemd read the units before they are installed.

    Raises:
        SystemRefusedError: it finds something wrong with them; a bug of ours, or a version
            of systemd that lacks a directive.
    """
    with tempfile.TemporaryDirectory(prefix="uncork-") as folder:
        files = _write(units, Path(folder))
        options = ["--man=no"]
        if version() >= _RECURSIVE_ERRORS:
            options.append("--recursive-errors=no")
        done = _run(["systemd-analyze", "verify", *options, *files])
    if done.returncode != 0:
        said = " ".join(done.stderr.replace(f"{folder}/", "").split())
        raise SystemRefusedError(
            f"systemd does not take the units: {said}", hint="uncork service show prints them"
        )


def exposure(units: Units) -> float | None:
    """The score of ``systemd-analyze security``, from 0 (closed) to 10; None, it can't say.

    It reads files since systemd 250.
    """
    with tempfile.TemporaryDirectory(prefix="uncork-") as folder:
        files = _write(units, Path(folder))
        done = _run(["systemd-analyze", "security", "--offline=true", "--no-pager", files[0]])
    found = re.search(r"Overall exposure level for .*: ([\d.]+)", done.stdout)
    return float(found[1]) if found else None


def version() -> int:
    """The version of systemd, 0 if it can't be read."""
    found = re.match(r"systemd (\d+)", _run(["systemctl", "--version"]).stdout)
    return int(found[1]) if found else 0


def _write(units: Units, folder: Path) -> list[str]:
    texts = {units.names.service: units.service, units.names.socket: units.socket}
    for name, text in texts.items():
        (folder / name).write_text(text)
    return [str(folder / name) for name in texts]


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            env={**os.environ, **_PLAIN},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise SystemRefusedError(
            f"{command[0]} is not on this machine", hint="uncork serve needs no systemd"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise SystemRefusedError(f"{' '.join(command)} did not end within {_SECONDS} s") from error
