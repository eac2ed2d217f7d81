"""The files that name what an app needs, whoever installs it: pip, poetry, pipenv or conda."""

from __future__ import annotations

import codecs
import re
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from uncork.source.toml import items, tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePath, PurePosixPath

PIP_FILES = ("requirements.txt", "requirements.in")
CONDA_FILES = ("environment.yml", "environment.yaml")
FILES = (*PIP_FILES, "pyproject.toml", "Pipfile", *CONDA_FILES)
"""The files that a migration may extend, beside the script."""

_OTHERS = ("requirements*.txt", "requirements*.in", "*requirements.txt", "setup.py", "setup.cfg",
           "conda.yml", "conda.yaml")  # fmt: skip
_POETRY = re.compile(r"tool\.poetry\.(?:group\.[^.]+\.)?(?:dev-)?dependencies$")
_LISTS = re.compile(r"project\.optional-dependencies$|dependency-groups$")
_YAML_ITEM = re.compile(
    r"(?P<indent>[ \t]*)-[ \t]+(?P<quote>[\"']?)(?P<text>[^\s#\"'][^#\"'\r\n]*)"
)


def is_requirements_file(path: PurePath) -> bool:
    """Whether a file may name what an app needs, by its name or by its folder's."""
    named = any(fnmatch(path.name, pattern) for pattern in (*FILES, *_OTHERS))
    return named or (path.parent.name == "requirements" and path.suffix in {".txt", ".in"})


def encoding_of(content: bytes) -> str:
    """What pip reads the file as: UTF-16 by its mark (PowerShell writes that), else UTF-8."""
    marks = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
    return next((name for mark, name in marks.items() if content.startswith(mark)), "utf-8")


def text_of(content: bytes) -> str:
    """The text of a requirements file, without a byte order mark.

    Bytes that are none of UTF-8 survive a round trip through `bytes_of`.
    """
    encoding = encoding_of(content)
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    return content.decode(encoding, errors).removeprefix("\ufeff")


def bytes_of(text: str, before: bytes) -> bytes | None:
    """The bytes of an edited text, with the mark that the file had; None if some would change.

    Args:
        text: what `text_of` gave, edited.
        before: the file as it was.
    """
    encoding = encoding_of(before)
    plain = text_of(before).encode(encoding, "surrogateescape")
    mark = before[: len(before) - len(plain)]
    if mark + plain != before:
        return None
    return mark + text.encode(encoding, "surrogateescape")


def normal(name: str) -> str:
    """A distribution's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required_names(path: PurePosixPath, content: bytes) -> set[str]:
    """The distributions that a file names, as `normal` spells them.

    Args:
        path: the file's name decides how it is read.
        content: its bytes.
    """
    text = text_of(content)
    if path.suffix == ".toml" or path.name == "Pipfile":
        found = _of_toml(text)
    elif path.suffix in {".yml", ".yaml"}:
        found = (match["text"] for match in map(_YAML_ITEM.match, text.splitlines()) if match)
    elif path.name in {"setup.py", "setup.cfg"}:
        # In doubt a word of it is a requirement.
        return {normal(word) for word in re.findall(r"[A-Za-z0-9][\w.-]*", text)}
    else:
        found = filter(None, map(_of_line, text.splitlines()))
    return {normal(_name(entry)) for entry in found}


def _name(requirement: str) -> str:
    """``Flask`` of ``Flask[async]>=2.0; python_version > "3.8"``."""
    return re.split(r"[^A-Za-z0-9._-]", requirement.strip().rpartition("::")[2], maxsplit=1)[0]


def _of_line(line: str) -> str:
    """The requirement of a line of a pip file, or ''."""
    line = line.strip()
    if line.startswith("#"):
        return ""
    if egg := re.search(r"#egg=([\w.-]+)", line):
        return egg[1]
    if address := re.match(
        r"(?:-e\s+|--editable[= ])?(?:git|https?)\S*?/([\w.-]+?)(?:\.git)?(?:@|$)", line
    ):
        return address[1]
    return "" if line.startswith("-") else line


def _of_toml(text: str) -> Iterator[str]:
    for table in tables(text):
        if table.name == "project":
            values = [value for value in table.values if value.key == "dependencies"]
        elif _LISTS.match(table.name):
            values = list(table.values)
        else:
            values = []
            if _POETRY.match(table.name) or table.name in {"packages", "dev-packages"}:
                yield from (value.key for value in table.values)
            elif _POETRY.match(parent := table.name.rpartition(".")[0]) or parent == "packages":
                yield table.name.rpartition(".")[2]
        for value in values:
            for start, end in items(text, value) or ():
                yield text[start + 1 : end - 1]
