"""For any set of changes, apply then undo is the identity."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from uncork.changes import FileChange
from uncork.transaction import apply, last_applied, undo

if TYPE_CHECKING:
    from collections.abc import Callable

Tree = dict[str, object]

NAMES = st.sampled_from(["server.py", "wsgi.py", "a", "b", "süß.txt", "with space", "-n", "\udcff"])
# Files and folders have names of different kinds, so that no path needs a file to be a folder.
PATHS = st.builds(
    lambda folders, name: "/".join([*folders, name]),
    st.lists(st.sampled_from(["sub", "other.d", "deep"]), max_size=3),
    NAMES,
)
CONTENT = st.one_of(st.none(), st.binary(max_size=200))
MODES = st.integers(0, 0o777).map(lambda mode: mode | 0o600)


@st.composite
def changes(draw: st.DrawFn) -> dict[FileChange, int]:
    """Changes with different paths, and the modes of the files that they find."""
    paths = draw(st.lists(PATHS, unique=True, max_size=6))
    return {FileChange(path, draw(CONTENT), draw(CONTENT)): draw(MODES) for path in paths}


@given(planned=changes())
@settings(max_examples=150, deadline=None)
def test_apply_then_undo_is_the_identity(
    planned: dict[FileChange, int], tree_of: Callable[[Path], Tree]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for change, mode in planned.items():
            if change.before is not None:
                file = folder / change.path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(change.before)
                file.chmod(mode)
        before = tree_of(folder)

        applied = apply(folder, list(planned), label="any")

        for change in planned:
            file = folder / change.path
            assert (file.read_bytes() if file.exists() else None) == change.after
        real = tuple(change for change in planned if change.before != change.after)
        assert (last_applied(folder) or ()) == real
        assert set(applied.paths) == {change.path for change in real}
        undo(folder)
        assert tree_of(folder) == before
