"""A kill ahead of every system call: the next command finds the tree wholly before or after.

test_interruptions.py does the same for the effects that `Disk` names. Some of those are
several calls: a new file is opened, written, given away, given its mode, and synced.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from uncork.changes import FileChange
from uncork.transaction import apply, history, recover, undo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Tree = dict[str, object]

CHANGES = (
    FileChange("server.py", b"\xef\xbb\xbfold\r\n", b"\xef\xbb\xbfnew\r\n"),
    FileChange("deploy/app.service", None, b"[Unit]"),
    FileChange("Procfile", b"web: python server.py\n", None),
)
# What the interpreter announces ahead of a call (docs.python.org/3/library/audit_events.html).
AUDITED = {
    "fcntl.flock", "open", "os.chmod", "os.chown", "os.mkdir", "os.remove", "os.rename",
    "os.rmdir", "os.setxattr",
}  # fmt: skip
KILLED, CAME_TO_ITS_END = 137, 0
COMMANDS: dict[str, Callable[[Path], object]] = {
    "apply": lambda folder: apply(folder, CHANGES, label="migrate"),
    "undo": undo,
    "recover": recover,
}


class Countdown:
    """Ends the process ahead of one of its system calls, without a chance to clean up.

    Args:
        at: the call's number, from 1.
    """

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(KILLED)

    def audit(self, event: str, _arguments: tuple[object, ...]) -> None:
        if event in AUDITED:
            self.step()

    def start(self) -> None:
        """Count from now on: what is audited, and the calls that are not."""
        countdown = self
        unwatched = io.BufferedWriter.flush

        class Writer(io.BufferedWriter):
            def flush(self) -> None:
                countdown.step()
                unwatched(self)

        def fdopen(descriptor: int, mode: str = "r", *rest: Any) -> Any:
            if mode == "wb":
                return Writer(io.FileIO(descriptor, "wb"))
            return open(descriptor, mode, *rest)

        os.fsync = countdown.step  # type: ignore[assignment]
        os.fdopen = fdopen  # type: ignore[assignment]
        sys.addaudithook(self.audit)


def run_and_kill(command: str, folder: Path, at: int) -> int:
    """The exit status of a child that runs a command and is killed at a call."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            Countdown(at).start()
            COMMANDS[command](folder)
            status = CAME_TO_ITS_END
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "server.py").write_bytes(b"\xef\xbb\xbfold\r\n")
    (folder / "server.py").chmod(0o755)
    (folder / "Procfile").write_bytes(b"web: python server.py\n")
    return folder


@pytest.mark.parametrize("command", ["apply", "undo"])
def test_after_a_kill_at_any_call_the_next_command_finds_a_whole_tree(
    command: str,
    project: Path,
    tree_of: Callable[[Path], Tree],
    without_journal: Callable[[Tree], Tree],
) -> None:
    before = tree_of(project)
    reference = shutil.copytree(project, project.with_name("reference"))
    apply(reference, CHANGES, label="migrate")
    after = without_journal(tree_of(reference))
    start = reference if command == "undo" else project
    calls = 0
    while True:
        calls += 1
        folder = shutil.copytree(start, project.with_name("try"))
        status = run_and_kill(command, folder, calls)

        recover(folder)

        found = without_journal(tree_of(folder))
        assert found in (before, after), f"mixed after a kill at call {calls}"
        assert bool(history(folder)) == (found == after)
        if history(folder):
            undo(folder)
        assert tree_of(folder) == before, f"something is left after a kill at call {calls}"
        shutil.rmtree(folder)
        if status == CAME_TO_ITS_END:
            break
        assert status == KILLED
    assert calls > 40


def test_a_kill_at_any_call_of_a_recovery_is_recovered_from(
    project: Path, tree_of: Callable[[Path], Tree]
) -> None:
    before = tree_of(project)
    interrupted = project.with_name("interrupted")
    for at in range(1, 300):
        shutil.copytree(project, interrupted)
        run_and_kill("apply", interrupted, at)
        if not (interrupted / "Procfile").exists():
            break
        shutil.rmtree(interrupted)
    assert (interrupted / ".uncork" / "applying").is_dir()
    calls, status = 0, KILLED
    while status == KILLED:
        calls += 1
        folder = shutil.copytree(interrupted, project.with_name("try"))
        status = run_and_kill("recover", folder, calls)
        recover(folder)
        assert tree_of(folder) == before, f"call {calls}"
        shutil.rmtree(folder)
    assert status == CAME_TO_ITS_END
    assert calls > 15
