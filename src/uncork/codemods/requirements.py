"""The server joins the requirements.

Why: on the next machine the app is installed from its requirements, and needs there what
serves it.

What changes: ``requirements.txt`` beside the script gains a line ``waitress``, unless it
names a WSGI server already. Comments and order stay; nothing is written where there is
no such file.

When it declines: never.
"""

from __future__ import annotations

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
    newline = b"\r\n" if b"\r\n" in content else b"\n"
    gap = newline if content and not content.endswith(b"\n") else b""
    return Rewrite(files={path: content + gap + b"waitress" + newline})


def names_a_server(requirements: bytes) -> bool:
    """Whether a requirements file names a WSGI server (or uncork, which brings one)."""
    text = requirements.decode(errors="replace")
    names = {
        re.split(r"[^A-Za-z0-9._-]", line.strip(), maxsplit=1)[0] for line in text.splitlines()
    }
    return any(name.lower() in {*SERVERS, "uncork", "pyuwsgi"} for name in names)
