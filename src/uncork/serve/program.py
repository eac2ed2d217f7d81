"""What TARGET names, as python would run it: a script, a module, an archive, an app."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from uncork.errors import SourceError, UsageError
from uncork.serve.load import run_archive, run_module, run_script

if TYPE_CHECKING:
    from collections.abc import Sequence

_ZIP_END = b"PK\x05\x06"
"""In front of a zip archive may stand anything, such as a line that names an interpreter."""
_KINDS = {
    b"\x7fELF": "a compiled program",
    b"PK\x03\x04": "a zip archive without __main__.py",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\x1f\x8b": "gzip data",
}
"""What a file is by its first bytes: the System V ABI, APPNOTE.TXT 4.3.7, Unicode, RFC 1952."""
_COMPILED = b"\r\n"
"""The third and fourth byte of compiled Python: importlib.util.MAGIC_NUMBER."""


class Named(NamedTuple):
    """What the command line names.

    Args:
        target: a path, an import string or, if `is_module`, what stands behind -m.
        is_module: whether -m was said.
    """

    target: str
    is_module: bool = False

    def __str__(self) -> str:
        return f"-m {self.target}" if self.is_module else self.target


@dataclass(frozen=True)
class Script:
    """A file: ``python PATH``.

    Args:
        path: as it was typed.
        source: its bytes.
    """

    path: str
    source: bytes

    def run(self, arguments: Sequence[str]) -> None:
        """Run it to its end; raises what it raises."""
        run_script(self.path, self.source, arguments)


@dataclass(frozen=True)
class Module:
    """A module or a package: ``python -m NAME``."""

    name: str

    def run(self, arguments: Sequence[str]) -> None:
        """Run it to its end; raises what it raises."""
        run_module(self.name, arguments)


@dataclass(frozen=True)
class Archive:
    """A folder or a zip archive with ``__main__.py``: ``python PATH``."""

    path: str

    def run(self, arguments: Sequence[str]) -> None:
        """Run it to its end; raises what it raises."""
        run_archive(self.path, arguments)


@dataclass(frozen=True)
class ImportString:
    """An app to import: ``module:app``."""

    text: str


Program: TypeAlias = Script | Module | Archive | ImportString


def find_program(named: Named) -> Program:
    """What the command line names, found on disk; nothing of it has run.

    Raises:
        UsageError: there is no such file, or it can't be read.
        SourceError: a file is no Python source.
    """
    target = named.target
    if named.is_module:
        return Module(target)
    if os.path.isdir(target):  # noqa: PTH112 - pathlib costs 8 ms at start
        return _folder(target)
    if _is_path(target):
        return _file(target)
    return ImportString(target)


def _is_path(target: str) -> bool:
    if ".py:" in target and not os.path.isfile(target):  # noqa: PTH113
        return False  # A path and an attribute: the import string's own error says what is meant.
    return os.sep in target or target.endswith((".py", ".pyw")) or os.path.isfile(target)  # noqa: PTH113


def _folder(path: str) -> Program:
    """A folder that python can run, or a package that stands here and is to be imported."""
    if os.path.isfile(os.path.join(path, "__main__.py")) and not _is_package_name(path):  # noqa: PTH113, PTH118
        return Archive(path)
    if _is_package_name(path):
        return ImportString(path)
    raise UsageError(
        f"{path} is a folder without __main__.py, which python can't run",
        hint="name the script in it",
    )


def _is_package_name(path: str) -> bool:
    """Whether this is typed as a package's name and is one; ``pkg/`` is a folder."""
    return path.isidentifier() and os.path.isfile(os.path.join(path, "__init__.py"))  # noqa: PTH113, PTH118


def _file(path: str) -> Program:
    source = _read(path)
    if _ZIP_END in source:
        import zipfile  # noqa: PLC0415 - only here

        if zipfile.is_zipfile(path) and "__main__.py" in zipfile.ZipFile(path).namelist():
            return Archive(path)
    _need_source(path, source)
    return Script(path, source)


def _read(script: str) -> bytes:
    try:
        with open(script, "rb") as file:  # noqa: PTH123 - pathlib costs 8 ms at start
            return file.read()
    except FileNotFoundError as error:
        raise UsageError(f"there is no {script}", hint=_near_miss(script)) from error
    except OSError as error:
        raise UsageError(
            f"{script} can't be read: {(error.strerror or '').lower()}",
            hint="name the script that you start with python",
        ) from error


def _need_source(path: str, source: bytes) -> None:
    """Refuse what no compiler would make sense of; a syntax error is python's to tell.

    Raises:
        SourceError: it is no text.
    """
    kind = next((kind for head, kind in _KINDS.items() if source.startswith(head)), None)
    if kind is None and b"\0" in source:
        kind = "compiled Python" if source[2:4] == _COMPILED else "binary data"
    if kind is None:
        return
    hint = "save it as UTF-8" if "text" in kind else "name the script that you start with python"
    raise SourceError(f"{path} is no Python source but {kind}", hint=hint)


def _near_miss(script: str) -> str:
    import difflib  # noqa: PLC0415 - only here

    folder, name = os.path.split(script)
    try:
        names = [each for each in os.listdir(folder or ".") if each.endswith(".py")]  # noqa: PTH208
    except OSError:
        names = []
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {os.path.join(folder, near[0])}?"  # noqa: PTH118
    return "name a script or module:app"
