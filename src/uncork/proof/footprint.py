"""What a project's source names outside itself: hosts, paths, devices and databases.

Said before the user's code is run, so that nobody is surprised by what it reaches for.
A name that is put together at run time is not found; the probe watches those.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.proof.comparison import redacted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The top folders of the Filesystem Hierarchy Standard 3.0: other texts that start with a
# slash are routes.
_ROOTS = re.compile(
    r"/(?:dev|etc|home|media|mnt|opt|proc|root|run|srv|sys|tmp|usr|var)(?:/[^\s'\"]*)?$"
)
_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+]*)://(?P<rest>[^\s'\"<>{}]*)")
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}$")
_DATABASE_FILE = re.compile(r"[\w./-]+\.(?:db|sqlite3?|mdb)$")
_DATABASES = {"sqlite", "postgres", "postgresql", "mysql", "mariadb", "mongodb", "redis", "mssql"}
_OWN = {"127.0.0.1", "0.0.0.0", "255.255.255.255", "localhost"}  # noqa: S104 - texts, not binds


@dataclass(frozen=True, order=True)
class Footprint:
    """One thing outside the code that the code names.

    Args:
        kind: ``host``, ``path``, ``device`` or ``database``.
        name: which, passwords left out.
        path: the file that names it.
        line: the line there, from 1.
    """

    kind: str
    name: str
    path: str
    line: int


def footprints(sources: Mapping[str, bytes]) -> tuple[Footprint, ...]:
    """What these files name, each thing once.

    Args:
        sources: Python files by path; one that can't be parsed is passed over.
    """
    found: dict[tuple[str, str], Footprint] = {}
    for path, content in sources.items():
        try:
            tree = ast.parse(content)
        except (SyntaxError, ValueError):
            continue
        for text, line in _texts(tree):
            for kind, name in _named(text):
                shown = redacted(name, ()) or ""
                found.setdefault((kind, shown), Footprint(kind, shown, path, line))
    return tuple(sorted(found.values()))


def _texts(tree: ast.Module) -> Iterator[tuple[str, int]]:
    documentation = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    routes = {
        argument
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"route", "get", "post", "put", "delete", "add_url_rule"}
        for argument in node.args
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or node in documentation:
            continue
        if isinstance(node.value, str) and not (node in routes and node.value.startswith("/")):
            yield node.value, node.lineno


def _named(text: str) -> Iterator[tuple[str, str]]:
    for match in _URL.finditer(text):
        scheme, rest = match["scheme"].partition("+")[0], match["rest"]
        host = rest.partition("/")[0].rpartition("@")[2].partition(":")[0]
        if scheme in _DATABASES:
            yield "database", match[0]
        elif host and host not in _OWN and scheme != "file":
            yield "host", host
    if _ADDRESS.match(text) and text not in _OWN:
        yield "host", text
    elif _ROOTS.match(text):
        yield ("device" if text.startswith("/dev/") else "path"), text
    elif _DATABASE_FILE.match(text):
        yield "database", text
