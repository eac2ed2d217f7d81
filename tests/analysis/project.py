"""Facts of projects that tests write down as text."""

from __future__ import annotations

import textwrap
from pathlib import PurePosixPath

from uncork.analysis.facts import Facts
from uncork.source.project import Project


def facts_of(script: str, **others: str) -> Facts:
    """The facts of server.py and of other modules, each given as indented text."""
    files = {"server": script, **others}
    contents = {
        PurePosixPath(f"{name}.py"): textwrap.dedent(text).encode() for name, text in files.items()
    }
    beside = frozenset(path.name for path in contents)
    return Facts(Project(PurePosixPath("server.py"), contents, beside))
