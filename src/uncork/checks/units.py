"""Units of systemd that stand beside the code: mistakes that are copied from a tutorial."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from uncork import rules
from uncork.errors import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic

# systemd.service(5): what may stand in front of the program.
_PREFIXES = "-@:+!|"
_EXEC_START = re.compile(r"ExecStart\s*=\s*(?P<command>.*)")
_USER = re.compile(r"User\s*=\s*\S")
# An app as servers are given it, or a script.
_APP = re.compile(r"['\"]?(?:[\w.]+:[\w.]+(?:\(\))?|\S+\.py)['\"]?/+['\"]?$")


def findings(facts: Facts) -> Iterator[Diagnostic]:
    """Slashes at the end of a command, and users of a user's own units."""
    for path, content in sorted(facts.project.contents.items()):
        if path.suffix == ".service":
            text = content.decode(errors="replace")
            for number, line in enumerate(text.splitlines(), 1):
                place = Place(f"{facts.file.prefix}{path}", number)
                yield from _line(path, text, line.strip(), place)


def _line(path: PurePosixPath, text: str, line: str, place: Place) -> Iterator[Diagnostic]:
    command = _EXEC_START.match(line)
    if command:
        words = command["command"].split() or [""]
        program = words[0].lstrip(_PREFIXES)
        wrong = [program] if program.endswith("/") else [w for w in words[1:] if _APP.match(w)]
        if wrong:
            message = f"{wrong[0]} ends with a slash: it is no program and no app"
            yield rules.EXEC_START_SLASH.at(place, message)
    if _USER.match(line) and _is_of_user(path, text):
        message = f"the user's own manager can't set {line}"
        yield rules.USER_IN_USER_UNIT.at(place, message)


def _is_of_user(path: PurePosixPath, text: str) -> bool:
    """Whether a unit is for a user's manager: by its folder, or by what it says of itself."""
    folders = path.parent.parts[-2:]
    in_folder = folders == ("systemd", "user")
    return in_folder or "/systemd/user" in text or "systemctl --user" in text
