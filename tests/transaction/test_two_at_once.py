"""Two uncorks in one project: one after the other, and never in each other's way."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Any

import pytest

from uncork.changes import FileChange
from uncork.errors import ChangedError, SystemRefusedError
from uncork.transaction import apply, history, lock, recover, undo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DONE, CHANGED, OTHER = 0, 5, 1


def race(actions: list[Callable[[], object]]) -> list[int]:
    """The exit statuses of children that start at the same moment."""
    gate, closing = os.pipe()
    children = []
    for action in actions:
        child = os.fork()
        if child == 0:
            os.close(closing)
            os._exit(_after_gate(action, gate))
        children.append(child)
    os.close(closing)
    statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    os.close(gate)
    return statuses


def _after_gate(action: Callable[[], object], gate: int) -> int:
    try:
        os.read(gate, 1)
        action()
    except ChangedError:
        return CHANGED
    except BaseException:  # noqa: BLE001 - a child must not return into pytest
        return OTHER
    return DONE


@pytest.mark.parametrize("_round", range(5))
def test_of_several_applies_at_once_one_wins_and_the_others_see_the_change(
    tmp_path: Path, _round: int
) -> None:
    (tmp_path / "server.py").write_bytes(b"old")

    def writer(number: int) -> Callable[[], object]:
        new = f"new {number}".encode()
        changes = [
            FileChange("server.py", b"old", new),
            FileChange(f"sub/{number}.py", None, new),
        ]
        return lambda: apply(tmp_path, changes, label=str(number))

    statuses = race([writer(number) for number in range(5)])

    assert sorted(statuses) == [DONE, CHANGED, CHANGED, CHANGED, CHANGED]
    winner = statuses.index(DONE)
    assert (tmp_path / "server.py").read_bytes() == f"new {winner}".encode()
    assert [path.name for path in (tmp_path / "sub").iterdir()] == [f"{winner}.py"]
    assert [applied.label for applied in history(tmp_path)] == [str(winner)]


@pytest.mark.parametrize("_round", range(5))
def test_undoing_while_others_undo_takes_back_each_apply_once(tmp_path: Path, _round: int) -> None:
    for number in range(3):
        apply(tmp_path, [FileChange(f"{number}.py", None, b"")], label=str(number))

    statuses = race([lambda: undo(tmp_path) for _ in range(4)])

    assert statuses == [DONE] * 4
    assert list(tmp_path.iterdir()) == []


def test_a_project_that_is_locked_for_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "WAIT", 0.05)
    apply(tmp_path, [FileChange("a.py", None, b"")], label="migrate")
    with (tmp_path / ".uncork" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        with pytest.raises(SystemRefusedError, match="another uncork is at work"):
            undo(tmp_path)

    undo(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_lock_whose_file_was_removed_meanwhile_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else two could work at once: one with the removed file, one with its successor."""
    (tmp_path / "a.py").write_bytes(b"")
    taken: list[int] = []
    real = lock._wait

    def remove_once(descriptor: int, deadline: float) -> None:
        if not taken:
            (tmp_path / ".uncork" / "lock").unlink()
        taken.append(descriptor)
        real(descriptor, deadline)

    monkeypatch.setattr(lock, "_wait", remove_once)

    apply(tmp_path, [FileChange("a.py", b"", b"a")], label="migrate")

    assert len(taken) == 2
    assert (tmp_path / ".uncork" / "lock").exists()


def test_reading_commands_do_not_wait_for_the_lock(tmp_path: Path) -> None:
    apply(tmp_path, [FileChange("a.py", None, b"")], label="migrate")
    with (tmp_path / ".uncork" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert recover(tmp_path) is None
        assert len(history(tmp_path)) == 1


@pytest.mark.parametrize("command", ["apply", "undo"])
def test_an_editor_that_saves_at_the_last_moment_is_noticed(
    tmp_path: Path, watched_disk: type[Any], command: str
) -> None:
    script = tmp_path / "server.py"
    script.write_bytes(b"old")
    change = FileChange("server.py", b"old", b"new")
    if command == "undo":
        apply(tmp_path, [change], label="migrate")

    def save(_step: int, name: str, args: tuple[Any, ...]) -> None:
        if name == "write" and args[0].name.startswith(".uncork-"):
            script.write_bytes(b"mine")

    disk = watched_disk(save)
    with pytest.raises(ChangedError):
        _ = (
            undo(tmp_path, disk=disk)
            if command == "undo"
            else apply(tmp_path, [change], label="migrate", disk=disk)
        )

    assert script.read_bytes() == b"mine"
    assert len(history(tmp_path)) == (1 if command == "undo" else 0)
    assert not list(tmp_path.glob(".uncork-*"))
