"""A full disk, a limit on file sizes, a file that is a mount point: the tree stays whole."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from uncork.changes import FileChange
from uncork.errors import SystemRefusedError
from uncork.transaction import apply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import RequireTier

Tree = dict[str, object]

FULL_DISK = """
    import os, pathlib, subprocess, sys
    from uncork.changes import FileChange
    from uncork.errors import SystemRefusedError
    from uncork.transaction import apply, recover, undo

    folder = pathlib.Path(sys.argv[1])
    changes = [FileChange(f"{n}.py", b"a" * 5000, b"b" * 15000) for n in range(3)]
    changes.append(FileChange("wsgi.py", None, b"c" * 9000))
    befores = {c.path: c.before for c in changes if c.before is not None}
    afters = {c.path: c.after for c in changes}

    def tree():
        return {p.name: p.read_bytes() for p in folder.iterdir() if p.name.endswith(".py")}

    def outcome(action):
        try:
            action()
        except SystemRefusedError as error:
            assert error.fact == "no space left on device", error.fact
            return "refused"
        return "done"

    for pages in range(8, 90):
        size = f"size={pages * 4}k"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", folder], check=True)
        for path, content in befores.items():
            (folder / path).write_bytes(content)
        said = outcome(lambda: apply(folder, changes, label="migrate"))
        assert tree() == (afters if said == "done" else befores), (pages, said)
        assert (folder / ".uncork").exists() == (said == "done"), (pages, sorted(folder.iterdir()))
        print("apply", said)
        if said == "done":
            with open(folder / "filler", "wb", buffering=0) as filler:
                try:
                    while True:
                        filler.write(b"x" * 4096)
                except OSError:
                    pass
            said = outcome(lambda: undo(folder))
            assert tree() == (befores if said == "done" else afters), (pages, said)
            (folder / "filler").unlink()
            if said == "refused":
                undo(folder)
            assert tree() == befores and not (folder / ".uncork").exists()
            print("undo", said)
        subprocess.run(["umount", folder], check=True)
"""

MOUNT_POINT = """
    import pathlib, subprocess, sys
    from uncork.changes import FileChange
    from uncork.errors import SystemRefusedError
    from uncork.transaction import apply

    folder = pathlib.Path(sys.argv[1])
    for name in ("a.py", "b.py"):
        (folder / name).write_bytes(b"old")
    subprocess.run(["mount", "--bind", folder / "b.py", folder / "b.py"], check=True)
    try:
        apply(folder, [FileChange(name, b"old", b"new") for name in ("a.py", "b.py")], label="x")
    except SystemRefusedError as error:
        print(error.place, error.fact, error.hint, sep="; ")
    assert [(folder / name).read_bytes() for name in ("a.py", "b.py")] == [b"old", b"old"]
    assert sorted(path.name for path in folder.iterdir()) == ["a.py", "b.py"]
"""


def in_own_mounts(script: str, folder: Path, require_tier: RequireTier) -> str:
    """What a script prints that may mount, in a namespace where nobody else sees it."""
    if shutil.which("unshare") is None:
        require_tier("isolation", "apt-get install util-linux")
    unshare = ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        require_tier("isolation", "this kernel gives no namespaces to users")
    ended = subprocess.run(
        [*unshare, sys.executable, "-c", textwrap.dedent(script), folder],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.isolation
def test_a_full_disk_leaves_the_tree_whole_wherever_it_fills_up(
    tmp_path: Path, require_tier: RequireTier
) -> None:
    lines = in_own_mounts(FULL_DISK, tmp_path, require_tier).splitlines()

    assert {"apply refused", "apply done", "undo refused"} <= set(lines)


@pytest.mark.isolation
def test_a_file_that_is_a_mount_point_of_its_own_is_refused(
    tmp_path: Path, require_tier: RequireTier
) -> None:
    said = in_own_mounts(MOUNT_POINT, tmp_path, require_tier)

    assert said.startswith("b.py; device or resource busy; the file is a mount point")


@pytest.mark.parametrize("limit", [10, 100, 3000])
def test_a_limit_on_file_sizes_leaves_the_tree_whole(
    limit: int, tmp_path: Path, tree_of: Callable[[Path], Tree]
) -> None:
    (tmp_path / "server.py").write_bytes(b"old")
    before = tree_of(tmp_path)
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            apply(tmp_path, [FileChange("server.py", b"old", b"new" * 2000)], label="migrate")
        except SystemRefusedError as error:
            os._exit(0 if error.fact == "file too large" else 2)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert tree_of(tmp_path) == before
