"""Runs one observation of an app: isolated by namespaces, or in throw-away copies alone.

Isolated, the app sees its own tree at its real path, with no network but loopback, with
/var, /run, /tmp and /dev emptied, and with everything else read-only; docs/decisions/0004
says what remains visible. What it writes to the project or to HOME goes to an overlay
that is gone with the namespace.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from uncork.errors import NotProvedError, UsageError
from uncork.proof.channel import Channel, Run, last_line, read
from uncork.proof.mounts import DEVICES, HIDDEN, PROBE
from uncork.proof.trees import Copy, applied_digests, apply_files, copy_tree
from uncork.proof.trees import written as written_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uncork.proof.observation import Need

START_SECONDS = 60
STOP_SECONDS = 5
GRACE_SECONDS = 15
HERE = Path(__file__).parent
# Debug is equal in all runs, and what systemd told uncork is no business of the app's.
DROPPED = frozenset({
    "FLASK_DEBUG",
    "FLASK_ENV",
    "FLASK_RUN_FROM_CLI",
    "WERKZEUG_RUN_MAIN",
    "WERKZEUG_SERVER_FD",
    "TMPDIR",
    "NOTIFY_SOCKET",
    "LISTEN_FDS",
    "LISTEN_PID",
})  # fmt: skip

_ASK = """
import json, os, sys
print(json.dumps([
    sys.executable, sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.realpath(sys.executable),
    *(path for path in sys.path if path),
]))
"""


# Without the site module, since uncork's own environment is of no use inside.
_SANDBOX = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from uncork.proof.sandbox import main
main()
"""


@dataclass(frozen=True)
class Task:
    """One run to observe.

    Args:
        mode: as ``__main__`` with its arguments, or imported as a WSGI server does.
        files: the tree's files that differ from the disk, relative to the folder; None
            removes one.
        arguments: the script's command line; nothing in mode ``wsgi``.
        settings: environment variables of this run.
    """

    mode: Literal["script", "wsgi"]
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bench:
    """What all runs of one verification share.

    Args:
        folder: the absolute folder that the app is started from.
        script: the script, relative to the folder.
        entry: ``module:factory``.
        interpreter: the app's own.
        environment: the user's, without what `DROPPED` names.
        keep: what the interpreter needs from inside emptied roots.
        uid: the user that the app runs as: who runs uncork, or for root the folder's owner.
        gid: their group.
        groups: their other groups; empty unless root verifies.
        seconds: how long one run may take.
    """

    folder: Path
    script: str
    entry: str
    interpreter: Path
    environment: Mapping[str, str]
    keep: tuple[Path, ...]
    uid: int
    gid: int
    groups: tuple[int, ...]
    seconds: int = START_SECONDS

    @property
    def home(self) -> Path | None:
        """HOME, if it is a folder that can be copied."""
        home = Path(self.environment.get("HOME") or "/").resolve()
        return home if home != Path("/") and home.is_dir() else None


def prepare(
    folder: Path, script: str, entry: str, interpreter: Path, *, seconds: int = START_SECONDS
) -> Bench:
    """Find out once what every run needs.

    Raises:
        UsageError: the interpreter can't be run.
    """
    try:
        answer = subprocess.run(
            [interpreter, "-c", _ASK], capture_output=True, check=True, timeout=60, cwd=folder
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(
            f"{interpreter} can't be run: {error}",
            hint="name the app's interpreter with --python PATH",
        ) from error
    needed = [Path(path).absolute() for path in json.loads(answer.stdout)]
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in DROPPED and not key.startswith("UNCORK_")
    }
    # Without it, a set's order differs from run to run, and noise would hide differences.
    environment |= {"PYTHONHASHSEED": "0", "BROWSER": "true"}
    folder = folder.resolve()
    uid, gid, groups, of_user = _runs_as(folder)
    return Bench(
        folder=folder,
        script=script,
        entry=entry,
        # Behind a shim of pyenv's or asdf's stands the interpreter itself.
        interpreter=needed[0],
        environment={**environment, **of_user},
        keep=_hidden_ones(needed, folder),
        uid=uid,
        gid=gid,
        groups=groups,
        seconds=seconds,
    )


def _runs_as(folder: Path) -> tuple[int, int, tuple[int, ...], dict[str, str]]:
    """User, group, other groups and the variables that name the user."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid(), (), {}
    owner = folder.stat()
    if owner.st_uid == 0:
        return 0, owner.st_gid, tuple(os.getgroups()), {}
    try:
        user = pwd.getpwuid(owner.st_uid)
    except KeyError:
        return owner.st_uid, owner.st_gid, (), {"HOME": "/"}
    groups = tuple(os.getgrouplist(user.pw_name, user.pw_gid))
    named = {"HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name}
    return owner.st_uid, user.pw_gid, groups, named


def _hidden_ones(paths: list[Path], folder: Path) -> tuple[Path, ...]:
    """Those inside emptied roots and not inside the project; of nested ones, the outermost."""
    resolved = {*paths, *(path.resolve() for path in paths)}
    inside = sorted(
        path
        for path in resolved
        if path.exists()
        and any(path.is_relative_to(root) for root in HIDDEN)
        and not path.is_relative_to(folder)
        and not folder.is_relative_to(path)
    )
    outermost: list[Path] = []
    for path in inside:
        if not any(path.is_relative_to(other) for other in outermost):
            outermost.append(path)
    return tuple(outermost)


# --- isolated -----------------------------------------------------------------------------


def run_isolated(bench: Bench, task: Task) -> Run:
    """Run a task in namespaces of its own.

    Raises:
        NotProvedError: the system does not allow namespaces, or a step of their arrangement.
    """
    if shutil.which("unshare") is None:
        raise _unavailable("there is no unshare(1), which util-linux brings")
    copies = [bench.folder, *([bench.home] if bench.home else [])]
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="uncork-"))
        files = Channel(stack)
        probe_spec = files.add(_probe_spec(bench, task, copies=copies, ask="all"))
        spec = {
            "scratch": scratch,
            "copies": [str(path) for path in copies],
            "keep": [
                str(path) for path in bench.keep if not any(path.is_relative_to(c) for c in copies)
            ],
            "probe": str(HERE / "probe.py"),
            "user": os.geteuid() != 0,
            "uid": bench.uid,
            "gid": bench.gid,
            "groups": bench.groups,
            "folder": str(bench.folder),
            "files": _encoded(task.files),
            "command": [
                str(bench.interpreter),
                str(PROBE),
                str(probe_spec.fileno()),
                str(files.records.fileno()),
            ],
            "environment": {**bench.environment, **task.settings, "PWD": str(bench.folder)},
            "seconds": bench.seconds,
        }
        result = files.add(None)
        command = [
            "unshare", *(("--user", "--map-root-user") if os.geteuid() else ()),
            "--mount", "--net", "--pid", "--ipc", "--fork", "--kill-child",
            sys.executable, "-I", "-S", "-c", _SANDBOX, str(HERE.parent.parent),
            str(files.add(spec).fileno()), str(result.fileno()),
        ]  # fmt: skip
        code = files.run(command, seconds=bench.seconds + GRACE_SECONDS, folder=bench.folder)
        found = read(result)
        if not found:
            raise _unavailable(last_line(read(files.stderr)) or f"unshare ended with {code}")
        outcome = json.loads(found)
        if "refused" in outcome:
            raise _unavailable(outcome["refused"])
        return files.outcome(
            outcome["written"],
            outcome["code"],
            late=outcome["late"],
            unreached=outcome["unreached"],
        )


def _unavailable(reason: str) -> NotProvedError:
    return NotProvedError(
        f"the app can't be run isolated here: {reason}",
        hint="--isolation=none runs it in throw-away copies alone, and hides nothing else from it",
    )


def is_missed(need: Need) -> bool:
    """Whether a need would be met outside the isolation.

    A path that does not exist, or a place that the user can't write to anyway, is the
    same inside and outside.
    """
    path = Path(need.thing)
    if need.verb == "uses":
        return need.thing not in HIDDEN and os.path.lexists(path)
    if need.verb == "writes":
        while not path.exists():
            path = path.parent
        return os.access(path, os.W_OK)
    return True


# --- in copies alone ------------------------------------------------------------------------


def run_in_copies(bench: Bench, task: Task) -> Run:
    """Run a task in a throw-away copy of the project and an empty HOME; no more is kept away."""
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="uncork-")))
        folder, home, nothing = scratch / bench.folder.name, scratch / "home", scratch / "nothing"
        for new in (folder, home, nothing):
            new.mkdir()
        copy_tree(bench.folder, folder, _link)
        encoded = _encoded(task.files)
        apply_files(folder, encoded)
        applied = applied_digests(folder, encoded, bench.folder)
        if os.geteuid() == 0 and bench.uid:
            _give_away(scratch, bench)
        files = Channel(stack, rename=(str(folder), str(bench.folder)))
        moved = replace(bench, folder=folder, keep=())
        spec = files.add(_probe_spec(moved, task, copies=[], ask="safe"))
        base = bench.environment.get("PYTHONUSERBASE") or str(Path.home() / ".local")
        environment = {
            **bench.environment, **task.settings,
            "HOME": str(home), "PYTHONUSERBASE": base, "PWD": str(folder),
        }  # fmt: skip
        command = [
            str(bench.interpreter), str(HERE / "probe.py"),
            str(spec.fileno()), str(files.records.fileno()),
        ]  # fmt: skip
        other = (bench.uid, bench.gid, bench.groups) if os.geteuid() == 0 and bench.uid else None
        code = files.run(
            command, seconds=bench.seconds, folder=folder, environment=environment, user=other
        )
        copies = [
            Copy(bench.folder, overlay=False, lower=bench.folder, upper=folder),
            Copy(Path("~"), overlay=False, lower=nothing, upper=home),
        ]
        written = written_files(copies, applied=applied)
        return files.outcome(written, code or 0, late=code is None)


def _link(path: Path, place: Path) -> None:
    place.symlink_to(path)


def _give_away(scratch: Path, bench: Bench) -> None:
    """Give copies that root made to the user that the app runs as."""
    scratch.chmod(0o711)
    for parent, folders, files in os.walk(scratch):
        for name in (*folders, *files):
            os.chown(Path(parent, name), bench.uid, bench.gid, follow_symlinks=False)


# --- both -------------------------------------------------------------------------------------


def _probe_spec(bench: Bench, task: Task, *, copies: list[Path], ask: str) -> dict[str, Any]:
    isolated = bool(copies)
    writable = [str(path) for path in copies]
    devices = [f"/dev/{name}" for name in (*DEVICES, "pts", "ptmx", "fd", "shm")]
    devices += ["/dev/stdin", "/dev/stdout", "/dev/stderr"]
    return {
        "mode": task.mode,
        "folder": str(bench.folder),
        "script": bench.script,
        "arguments": list(task.arguments),
        "entry": bench.entry,
        "ask": ask,
        "changed": [str(bench.folder / path) for path in task.files],
        "stop": STOP_SECONDS,
        "hidden": list(HIDDEN) if isolated else [],
        "visible": [*map(str, bench.keep), str(PROBE.parent)],
        "writable": [*writable, *devices] if isolated else [],
    }


def _encoded(files: Mapping[str, bytes | None]) -> dict[str, str | None]:
    return {
        name: None if content is None else base64.b64encode(content).decode()
        for name, content in files.items()
    }
