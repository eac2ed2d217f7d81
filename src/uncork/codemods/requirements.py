"""The server joins the requirements.

Why: on the next machine the app is installed from its requirements, and needs there what
serves it.

What changes: ``requirements.txt`` beside the script gains a line ``waitress``, unless it
names a WSGI server already. Comments and order stay; nothing is written where there is
no such file, or where its lines carry hashes.

When it declines: never.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from uncork.codemods.base import Rewrite

if TYPE_CHECKING:
    from uncork.analysis.facts import Facts
    from uncork.codemods.base import MigrationOptions

ORDER = 50
SERVERS = ("waitress", "gunicorn", "uwsgi", "granian", "gevent", "eventlet", "bjoern", "cheroot")


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:  # noqa: ARG001 - a codemod's signature
    """Add waitress to requirements.txt."""
    path = facts.file.path.parent / "requirements.txt"
    content = facts.project.contents.get(path)
    if facts.main is None or content is None or names_a_server(content):
        return Rewrite()
    if "--hash=" in _text(content):
        # Where pip checks hashes, a line without one would stop every installation.
        return Rewrite()
    newline = "\r\n" if "\r\n" in _text(content) else "\n"
    gap = newline if _text(content) and not _text(content).endswith("\n") else ""
    added = f"{gap}waitress{newline}".encode(_encoding(content))
    return Rewrite(files={path: content + added})


def _encoding(content: bytes) -> str:
    """What pip reads the file as: UTF-16 by its mark (PowerShell writes that), else UTF-8."""
    marks = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
    return next((name for mark, name in marks.items() if content.startswith(mark)), "utf-8")


def _text(content: bytes) -> str:
    return content.decode(_encoding(content), errors="replace").lstrip("\ufeff")


def names_a_server(requirements: bytes) -> bool:
    """Whether a requirements file names a WSGI server (or uncork, which brings one)."""
    text = _text(requirements)
    names = {
        re.split(r"[^A-Za-z0-9._-]", line.strip(), maxsplit=1)[0] for line in text.splitlines()
    }
    return any(name.lower() in {*SERVERS, "uncork", "pyuwsgi"} for name in names)
