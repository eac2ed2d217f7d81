"""What has to be true of a migrated script, found out on the stage."""

from __future__ import annotations

import codecs
from collections import Counter
from pathlib import PurePosixPath
from types import CodeType
from typing import TYPE_CHECKING

from tests.migration.stage import Performance, Stage, without_passing

from uncork.analysis.arguments import server_arguments
from uncork.analysis.facts import Facts
from uncork.codemods.base import MigrationOptions
from uncork.errors import InvariantError, SourceError
from uncork.plan import make_plan, usual_shape
from uncork.source.project import Project

if TYPE_CHECKING:
    from collections.abc import Sequence

SERVER = PurePosixPath("server.py")
# What reads an option, declares one, parses them, becomes atexit.register(worker.stop), or a
# global statement.
TOUCHED = (b"args.", b"parser", b"add_argument", b'"--label"', b"worker.stop()", b"global ",
           b"sys.argv", b"args(")  # fmt: skip
HARMLESS = {"does not run", "declined", "no change", "the same", "fails as before"}


def difference(content: bytes, arguments: Sequence[str]) -> tuple[str, str]:
    """What becomes of a script, one of `HARMLESS` or what is wrong, and the migrated files."""
    before = {"server.py": content}
    try:
        compile(content, "server.py", "exec", dont_inherit=True)
    except SyntaxError:
        return "does not run", ""
    project = Project(SERVER, {SERVER: content})
    try:
        plan = make_plan(project, MigrationOptions())
    except InvariantError as error:
        return error.fact, ""
    except SourceError as error:
        # latin-1 and the like: what can't be edited is said, before anything is written.
        return ("declined" if error.hint else error.fact), ""
    if plan.declined:
        return "declined", ""
    after = {**before, **{c.path: c.after for c in plan.changes if c.after is not None}}
    shown = "\n".join(f"# --- {name}\n{text.decode('latin-1')}" for name, text in after.items())
    wrong = _bytes(content, after["server.py"])
    return wrong or _compared(before, after, project, arguments), shown


def _bytes(before: bytes, after: bytes) -> str:
    """Lines that no migration has a reason to touch, and that are not what they were."""
    # A line that moves may get another depth, or the line end that the file has elsewhere.
    old, new = (Counter(line.strip() for line in text.splitlines()) for text in (before, after))
    for line in old - new:
        if line and not any(word in line for word in TOUCHED):
            return f"the line {line!r} is lost"
    if before.startswith(codecs.BOM_UTF8) != after.startswith(codecs.BOM_UTF8):
        return "the byte order mark came or went"
    crlf = b"\n" not in before.replace(b"\r\n", b"")
    if crlf and b"\n" in after.replace(b"\r\n", b""):
        return "a line feed stands alone"
    return ""


def _compared(
    before: dict[str, bytes], after: dict[str, bytes], project: Project, arguments: Sequence[str]
) -> str:
    original = Stage(before).as_script(arguments)
    if original.names and isinstance(original.exit, str):
        return "fails as before"
    migrated = Stage(after).as_script(arguments)
    unread = _unread(before["server.py"], original)
    if wrong := _as_script(original, migrated, unread):
        return f"as a script, {wrong}"
    if not original.names:
        return "fails as before"
    usual = Facts(usual_shape(project, MigrationOptions()))
    meant = server_arguments(usual, arguments)
    served = Stage(after).as_wsgi(meant.environment)
    if wrong := _as_served(original, served, unread):
        return f"under a server, {wrong}"
    return "the same"


def _as_script(original: Performance, migrated: Performance, unread: set[str]) -> str:
    """What differs between ``python server.py`` before and after; '' for nothing."""
    if _ended(original) != _ended(migrated):
        return f"exit {migrated.exit} and not {original.exit}"
    if not original.names:
        # It failed before it served, and that is what it still does.
        return "it serves" if migrated.names else ""
    for name in ("started", "answers", "ended", "run_with"):
        old, new = getattr(original, name), getattr(migrated, name)
        if old != new:
            return f"{name}: {new} and not {old}"
    if _printed(original) != _printed(migrated):
        return f"printed: {migrated.printed!r} and not {original.printed!r}"
    return _config(original, migrated) or _names(original, migrated, unread)


def _ended(performance: Performance) -> str:
    """How it ended; a name that is not bound is another error in a function than in a module."""
    text = str(performance.exit)
    return "NameError" if text.startswith(("NameError", "UnboundLocalError")) else text


def _printed(performance: Performance) -> list[str]:
    """The printed words; what the terminal alone is told may come earlier or later."""
    return sorted(without_passing(performance.printed).split())


def _as_served(original: Performance, served: Performance, unread: set[str]) -> str:
    if served.exit is not ...:
        return f"{served.exit}"
    for name in ("started", "answers", "ended"):
        old, new = getattr(original, name), getattr(served, name)
        if old != new:
            return f"{name}: {new} and not {old}"
    return _config(original, served) or _names(original, served, unread)


def _config(original: Performance, migrated: Performance) -> str:
    same = all(migrated.config.get(key) == value for key, value in original.config.items())
    return "" if same else f"config: {migrated.config} and not {original.config}"


def _names(original: Performance, migrated: Performance, unread: set[str]) -> str:
    """What differs between the names that code of the app reads, and others that are bound."""
    for name, value in original.names.items():
        if name.startswith("__") or name in {"args", "parser"}:
            continue
        if name not in migrated.names and name not in unread:
            return f"{name} is not bound any more"
        if migrated.names.get(name, value) != value and name not in unread:
            return f"{name} is {migrated.names[name]} and not {value}"
    return ""


def _unread(content: bytes, performance: Performance) -> set[str]:
    """The names that no function or class of the script mentions."""
    read: set[str] = set()
    pending = list(compile(content, "server.py", "exec", dont_inherit=True).co_consts)
    while pending:
        code = pending.pop()
        if isinstance(code, CodeType):
            # main() becomes the main block, and what it alone binds is nobody else's.
            read.update(code.co_names if code.co_name != "main" else ())
            pending += code.co_consts
    return set(performance.names) - read
