"""systemd's own quoting, so that every text means what it says and nothing is expanded.

Sources: systemd.syntax(7), "Quoting"; systemd.service(5), "Command lines";
systemd.unit(5), "Specifiers"; systemd.exec(5), EnvironmentFile=. Each form was read
back from a real systemd 252 in the system tests.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from uncork.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PLAIN = re.compile(r"[A-Za-z0-9_./:=@+,%$~^-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def command_line(words: Sequence[str]) -> str:
    """The value of an ExecStart= that starts exactly these words.

    Raises:
        UsageError: systemd has no way to write them.
    """
    program, *arguments = words
    if "$" in program:
        # systemd expands variables in the arguments and not in the program's path, so
        # that neither $ nor $$ gives both the right path and the right argv[0].
        raise UsageError(
            f"systemd can't start {program}: its path has a dollar sign",
            hint="make the virtual environment anew under another path",
        )
    return " ".join([_word(program), *(_word(word.replace("$", "$$")) for word in arguments)])


def path_item(path: str, prefix: str = "") -> str:
    """A path as one item of a list such as ReadWritePaths=.

    Args:
        path: absolute.
        prefix: ``-`` where the path need not exist.

    Raises:
        UsageError: systemd has no way to write it.
    """
    return _word(prefix + path)


def plain(value: str) -> str:
    """A value that systemd reads to the line's end, such as WorkingDirectory= or Description=.

    Raises:
        UsageError: systemd has no way to write it.
    """
    if value != value.strip() or value.endswith("\\") or not value.isprintable():
        raise UsageError(
            f"a unit file can't hold {value!r}: it begins or ends with white space, ends with a "
            "backslash or holds a character that can't be printed",
            hint="rename the folder or the file",
        )
    return value.replace("%", "%%")


def environment_file(values: Mapping[str, str]) -> str:
    r"""The lines of an EnvironmentFile= that set these variables, by name.

    Inside double quotes a backslash keeps ``"``, ``\``, a backtick and ``$`` as they are,
    as in a shell, and line ends belong to the value.
    """
    return "".join(
        '{}="{}"\n'.format(name, re.sub(r'(["\\`$])', r"\\\1", value))
        for name, value in sorted(values.items())
    )


def _word(word: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in word):
        raise UsageError(f"{word!r} is not valid UTF-8, and unit files are", hint="rename the file")
    doubled = word.replace("%", "%%")
    if _PLAIN.fullmatch(word):
        return doubled
    return f'"{"".join(_escaped(character) for character in doubled)}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\x{ord(character):02x}" if ord(character) < ord(" ") else character
