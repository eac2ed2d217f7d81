"""Projects for the tests of check, and what it finds in them."""

from __future__ import annotations

from pathlib import PurePosixPath
from textwrap import dedent

from uncork.checks.run import check_project
from uncork.source.project import Project

HEAD = "from flask import Flask\n\napp = Flask(__name__)\n\n\n"
GUARD = "if __name__ == '__main__':\n"
RUN = GUARD + "    app.run()\n"


def project(script: str, files: dict[str, str] | None = None) -> Project:
    """A project of server.py and other files, by their paths."""
    texts = {"server.py": script, **(files or {})}
    contents = {PurePosixPath(name): dedent(text).encode() for name, text in texts.items()}
    return Project(
        PurePosixPath("server.py"), contents, frozenset(path.parts[0] for path in contents)
    )


def places(script: str, files: dict[str, str] | None = None) -> dict[str, list[str]]:
    """The places of what check finds, by code."""
    codes: dict[str, list[str]] = {}
    for diagnostic in check_project(project(script, files)):
        codes.setdefault(diagnostic.rule.code, []).append(str(diagnostic.place))
    return codes


def messages(code: str, script: str, files: dict[str, str] | None = None) -> list[str]:
    """The messages of one rule's findings, in order of their places."""
    found = check_project(project(script, files))
    return [diagnostic.message for diagnostic in found if diagnostic.rule.code == code]
