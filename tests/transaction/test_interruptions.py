"""A kill at any step: the next command finds the tree wholly before or wholly after."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from uncork.changes import FileChange
from uncork.errors import ChangedError, SystemRefusedError
from uncork.transaction import apply, history, recover, undo
from uncork.transaction.disk import DISK, Disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Tree = dict[str, object]

CHANGES = (
    FileChange("server.py", b"old\n", b"new\n"),
    FileChange("linked.py", b"linked\n", b"new linked\n"),
    FileChange("deploy/unit/app.service", None, b"[Unit]\n"),
    FileChange("Procfile", b"web: python server.py\n", None),
)
EARLIER = (FileChange("notes.txt", None, b"from an earlier apply\n"),)

KILLED = 137
CAME_TO_ITS_END = 0

Command = str
COMMANDS: dict[Command, Callable[[Path, Disk], object]] = {
    "apply": lambda folder, disk: apply(folder, CHANGES, label="migrate", disk=disk),
    "undo": lambda folder, disk: undo(folder, disk=disk),
    "recover": lambda folder, disk: recover(folder, disk=disk),
}


class Kill:
    """Ends the process, without a chance to clean up, ahead of one effect.

    Args:
        at: the number of the effect, from 1.
        torn: half of the bytes are written first, if the effect writes any.
    """

    def __init__(self, at: int, *, torn: bool) -> None:
        self.at = at
        self.torn = torn

    def __call__(self, step: int, name: str, args: tuple[Any, ...]) -> None:
        if step != self.at:
            return
        if self.torn and name == "write":
            path, state = args
            path.write_bytes(state.content[: len(state.content) // 2])
        os._exit(KILLED)


def run_and_kill(
    command: Command, folder: Path, watched: type[Any], at: int, *, torn: bool = False
) -> int:
    """The exit status of a child that runs a command and is killed at a step."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            COMMANDS[command](folder, watched(Kill(at, torn=torn)))
            status = CAME_TO_ITS_END
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a file behind a link, private and executable files, and an earlier apply."""
    folder = tmp_path / "project"
    (folder / "real").mkdir(parents=True)
    (folder / "server.py").write_bytes(b"old\n")
    (folder / "server.py").chmod(0o755)
    (folder / "Procfile").write_bytes(b"web: python server.py\n")
    (folder / "Procfile").chmod(0o600)
    (folder / "real" / "linked.py").write_bytes(b"linked\n")
    (folder / "linked.py").symlink_to("real/linked.py")
    apply(folder, EARLIER, label="earlier")
    return folder


def fresh(project: Path, number: int) -> Path:
    return shutil.copytree(project, project.with_name(f"try-{number}"), symlinks=True)


def steps_of(command: Command, project: Path, watched: type[Any]) -> int:
    """How many effects a command has when nothing interrupts it."""
    disk = watched(lambda *_: None)
    folder = fresh(project, 0)
    COMMANDS[command](folder, disk)
    shutil.rmtree(folder)
    steps: int = disk.steps
    return steps


@pytest.fixture
def applied(project: Path) -> Path:
    apply(project, CHANGES, label="migrate")
    return project


@pytest.mark.parametrize("torn", [False, True], ids=["between steps", "within a write"])
@pytest.mark.parametrize("command", ["apply", "undo"])
def test_after_a_kill_at_any_step_the_next_command_finds_a_whole_tree(
    command: Command,
    torn: bool,
    project: Path,
    tree_of: Callable[[Path], Tree],
    without_journal: Callable[[Tree], Tree],
    watched_disk: type[Any],
) -> None:
    before = without_journal(tree_of(project))
    start = project
    reference = fresh(project, 1)
    apply(reference, CHANGES, label="migrate")
    after = without_journal(tree_of(reference))
    if command == "undo":
        start = reference
    steps = steps_of(command, start, watched_disk)
    assert steps > 20

    for at in range(1, steps + 1):
        folder = fresh(start, at + 1)
        assert run_and_kill(command, folder, watched_disk, at, torn=torn) == KILLED

        recover(folder)

        found = without_journal(tree_of(folder))
        assert found in (before, after), f"mixed after a kill at step {at}"
        left = [entry.label for entry in history(folder)]
        assert left == (["earlier"] if found == before else ["migrate", "earlier"])
        assert sorted(path.name for path in (folder / ".uncork").iterdir() if path.is_dir()) == (
            ["0001"] if found == before else ["0001", "0002"]
        )
        assert recover(folder) is None
        shutil.rmtree(folder)
    assert run_and_kill(command, fresh(start, steps + 2), watched_disk, steps + 1) == 0


@pytest.mark.parametrize("command", ["apply", "undo"])
def test_undo_after_a_kill_takes_back_that_apply_and_no_other(
    command: Command,
    project: Path,
    tree_of: Callable[[Path], Tree],
    without_journal: Callable[[Tree], Tree],
    watched_disk: type[Any],
) -> None:
    before = without_journal(tree_of(project))
    if command == "undo":
        apply(project, CHANGES, label="migrate")
    steps = steps_of(command, project, watched_disk)

    for at in range(1, steps + 1):
        folder = fresh(project, at)
        run_and_kill(command, folder, watched_disk, at)
        states = {path.name for path in (folder / ".uncork").iterdir() if path.is_dir()}
        begun = bool(states - {"0001"})

        if command == "undo" or begun:
            undo(folder)
        assert without_journal(tree_of(folder)) == before, f"step {at}"
        assert [entry.label for entry in history(folder)] == ["earlier"], f"step {at}"
        shutil.rmtree(folder)


def test_a_kill_during_recovery_is_recovered_from_as_well(
    project: Path,
    tree_of: Callable[[Path], Tree],
    without_journal: Callable[[Tree], Tree],
    watched_disk: type[Any],
) -> None:
    before = without_journal(tree_of(project))
    interrupted = project.with_name("interrupted")
    for at in range(1, 200):
        shutil.copytree(project, interrupted, symlinks=True)
        status = run_and_kill("apply", interrupted, watched_disk, at)
        replaced = (interrupted / "linked.py").read_bytes() == b"new linked\n"
        if replaced or status == CAME_TO_ITS_END:
            break
        shutil.rmtree(interrupted)
    assert (interrupted / ".uncork" / "applying").is_dir()

    steps = steps_of("recover", interrupted, watched_disk)
    for at in range(1, steps + 1):
        folder = fresh(interrupted, at)
        assert run_and_kill("recover", folder, watched_disk, at) == KILLED
        recover(folder)
        assert without_journal(tree_of(folder)) == before, f"step {at}"
        shutil.rmtree(folder)


def test_the_first_apply_leaves_no_folder_behind_wherever_it_is_killed(
    tmp_path: Path, tree_of: Callable[[Path], Tree], watched_disk: type[Any]
) -> None:
    for command in ("apply", "undo"):
        for at in range(1, 200):
            folder = tmp_path / f"{command}-{at}"
            folder.mkdir()
            (folder / "server.py").write_bytes(b"old\n")
            (folder / "linked.py").write_bytes(b"linked\n")
            (folder / "Procfile").write_bytes(b"web: python server.py\n")
            before = tree_of(folder)
            if command == "undo":
                apply(folder, CHANGES, label="migrate")
            status = run_and_kill(command, folder, watched_disk, at)
            recover(folder)
            if history(folder):
                undo(folder)
            assert tree_of(folder) == before, f"{command}, step {at}"
            if status == CAME_TO_ITS_END:
                break


def test_apply_itself_mends_what_was_interrupted_at_any_step(
    tmp_path: Path, tree_of: Callable[[Path], Tree], watched_disk: type[Any]
) -> None:
    for at in range(1, 200):
        folder = tmp_path / str(at)
        folder.mkdir()
        (folder / "server.py").write_bytes(b"old\n")
        (folder / "linked.py").write_bytes(b"linked\n")
        (folder / "Procfile").write_bytes(b"web: python server.py\n")
        before = tree_of(folder)
        status = run_and_kill("apply", folder, watched_disk, at, torn=True)
        if status == CAME_TO_ITS_END:
            break

        if not history(folder):
            apply(folder, CHANGES, label="again")

        assert (folder / "linked.py").read_bytes() == b"new linked\n"
        assert (folder / ".uncork" / ".gitignore").read_bytes() == b"*\n"
        assert not list(folder.rglob(".uncork-*"))
        undo(folder)
        assert tree_of(folder) == before, f"step {at}"


def test_recovery_says_what_was_interrupted(project: Path, watched_disk: type[Any]) -> None:
    def stop(_step: int, name: str, args: tuple[Any, ...]) -> None:
        if name == "rename" and args[1].name == "server.py":
            os._exit(KILLED)

    child = os.fork()
    if child == 0:
        apply(project, CHANGES, label="migrate", disk=watched_disk(stop))
        os._exit(1)
    os.waitpid(child, 0)

    recovered = recover(project)

    assert recovered is not None
    assert (recovered.command, recovered.finished) == ("apply", False)
    assert recovered.applied is not None
    assert recovered.applied.label == "migrate"


def test_recovery_never_overwrites_what_was_edited_in_the_meantime(
    project: Path, watched_disk: type[Any]
) -> None:
    at = next(
        at
        for at in range(1, 200)
        if run_and_kill("apply", fresh(project, at), watched_disk, at) == KILLED
        and (project.with_name(f"try-{at}") / "server.py").read_bytes() == b"new\n"
    )
    folder = project.with_name(f"try-{at}")
    (folder / "server.py").write_bytes(b"new\nand mine\n")

    with pytest.raises(ChangedError) as caught:
        recover(folder)
    assert caught.value.place is not None
    assert caught.value.place.path == "server.py"
    assert (folder / "server.py").read_bytes() == b"new\nand mine\n"

    # The hint's way out: the edited file is made what it was.
    shutil.copy(folder / ".uncork/applying/before/server.py", folder / "server.py")
    recover(folder)
    assert (folder / "linked.py").read_bytes() == b"linked\n"


@pytest.mark.parametrize("ctrl_c", [False, True], ids=["error", "Ctrl-C"])
@pytest.mark.parametrize("command", ["apply", "undo"])
def test_an_error_at_any_step_leaves_a_whole_tree_and_no_recovery_to_do(
    command: Command,
    ctrl_c: bool,
    project: Path,
    tree_of: Callable[[Path], Tree],
    without_journal: Callable[[Tree], Tree],
    watched_disk: type[Any],
) -> None:
    before = without_journal(tree_of(project))
    reference = fresh(project, 1)
    apply(reference, CHANGES, label="migrate")
    after = without_journal(tree_of(reference))
    expected = KeyboardInterrupt if ctrl_c else SystemRefusedError
    start = reference if command == "undo" else project
    steps = steps_of(command, start, watched_disk)

    for at in range(1, steps + 1):
        folder = fresh(start, at + 1)

        def fail(step: int, _name: str, _args: tuple[Any, ...], at: int = at) -> None:
            if step == at:
                raise KeyboardInterrupt if ctrl_c else OSError(5, "Input/output error")

        with pytest.raises(expected, match=None if ctrl_c else "input/output error"):
            COMMANDS[command](folder, watched_disk(fail))

        assert without_journal(tree_of(folder)) in (before, after), f"step {at}"
        assert not {"applying", "undoing", "writing"} & {
            path.name for path in (folder / ".uncork").iterdir()
        }
        shutil.rmtree(folder)


def test_a_disk_that_fails_for_good_is_told_and_mended_later(
    project: Path,
    tree_of: Callable[[Path], Tree],
    without_journal: Callable[[Tree], Tree],
    watched_disk: type[Any],
) -> None:
    before = without_journal(tree_of(project))
    broken: list[str] = []

    def fail(_step: int, name: str, args: tuple[Any, ...]) -> None:
        if broken or (name == "rename" and args[1].name == "linked.py"):
            broken.append(name)
            raise OSError(5, "Input/output error")

    with pytest.raises(SystemRefusedError, match="could not be put back") as caught:
        apply(project, CHANGES, label="migrate", disk=watched_disk(fail))
    assert caught.value.hint == "mend that, then run: uncork undo"
    assert (project / "server.py").read_bytes() == b"new\n"

    undo(project)

    assert without_journal(tree_of(project)) == before
    assert [entry.label for entry in history(project)] == ["earlier"]


def test_nothing_is_replaced_before_it_can_survive_a_power_cut(
    project: Path, watched_disk: type[Any]
) -> None:
    """Every name that is needed to go back is synced before the first file is replaced."""
    effects: list[tuple[str, str]] = []

    def note(_step: int, name: str, args: tuple[Any, ...]) -> None:
        effects.append((name, args[-1 if name == "rename" else 0].name))

    apply(project, CHANGES, label="migrate", disk=watched_disk(note))

    names = [effect for effect in effects if effect[0] in {"rename", "sync_folder"}]
    committed = names.index(("rename", "applying"))
    first = names.index(("rename", "server.py"))
    last = names.index(("rename", "0002"))
    assert names[committed + 1] == ("sync_folder", ".uncork")
    assert committed + 1 < first
    for folder in ("project", "real", "unit"):
        assert ("sync_folder", folder) in names[first:last]
    assert ("sync_folder", "writing") in names[: names.index(("rename", "preparing"))]
    assert names[last + 1] == ("sync_folder", ".uncork")


def test_the_real_disk_syncs_what_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from uncork.transaction.disk import FileState  # noqa: PLC0415 - used here alone

    synced: list[int] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)

    DISK.write(tmp_path / "file", FileState(b"content", 0o644))
    DISK.sync_folder(tmp_path)

    assert synced == [(tmp_path / "file").stat().st_ino, tmp_path.stat().st_ino]
