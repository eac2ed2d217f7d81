"""One table: what a program reports under python, and the same under uncork.serve."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from tests.serve.conftest import PATIENCE, python
from tests.serve.test_interpreter import on

from uncork.serve.argv import serve_argv
from uncork.serve.options import ServeOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PORTRAIT = '''
"""What it sees of itself."""
from __future__ import annotations
import json, os, signal, sys, threading

def loader():
    it = globals().get("__loader__")
    return [type(it).__name__, getattr(it, "name", None), getattr(it, "path", None)]

print(json.dumps({
    "argv": sys.argv,
    "name": __name__,
    "file": globals().get("__file__"),
    "cached": globals().get("__cached__"),
    "package": __package__,
    "spec": __spec__ and [__spec__.name, __spec__.origin, __spec__.parent, __spec__.cached],
    "loader": loader(),
    "doc": __doc__,
    "builtins": type(__builtins__).__name__,
    "annotations": globals().get("__annotations__"),
    "globals": sorted(globals()),
    "main": sys.modules["__main__"].__dict__ is globals(),
    "path": sys.path,
    "flags": repr(sys.flags),
    "warnoptions": sys.warnoptions,
    "interpreter": [sys.executable, sys.prefix, sys.dont_write_bytecode],
    "cwd": os.getcwd(),
    "code": sys._getframe().f_code.co_filename,
    "stdin": [sys.stdin.readline(), sys.stdin.read()],
    "threads": [thread.name for thread in threading.enumerate()],
    "handlers": [str(signal.getsignal(n)) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)],
    "environ": dict(os.environ),
}))
'''


@dataclass(frozen=True)
class Case:
    """A program, and how it is started.

    Args:
        files: what stands in the folder.
        start: the words behind ``python``, and behind ``uncork.serve`` as well.
        arguments: the program's own.
        env: environment variables.
        folder: where it is started.
    """

    files: Mapping[str, str | bytes]
    start: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    folder: str = "."


def portrait(name: str, arguments: tuple[str, ...] = (), **env: str) -> Case:
    """The portrait as a script."""
    return Case({name: PORTRAIT}, (name,), arguments, env)


def zipped(**files: str) -> bytes:
    """A zip archive of Python files."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:
        for name, text in files.items():
            writing.writestr(f"{name}.py", text)
    return archive.getvalue()


ARGUMENTS = ("-x", "--", "a b", "--port", "")
PACKAGE = {
    "pkg/__init__.py": "import sys\nprint('pkg sees', sys.argv)\n",
    "pkg/other.py": "word = 'relative'\n",
    "pkg/__main__.py": PORTRAIT + "\nfrom . import other\nfrom .other import word\nprint(word)\n",
    "pkg/sub/__init__.py": "",
    "pkg/sub/tool.py": PORTRAIT + "\nfrom ..other import word\nprint(word)\n",
    "plain.py": PORTRAIT,
}
FOLDER = {"it/__main__.py": PORTRAIT + "\nimport beside\n", "it/beside.py": "print('beside')"}
CASES = {
    "a script": portrait("who.py"),
    "arguments": portrait("who.py", ARGUMENTS),
    "dot slash": Case({"who.py": PORTRAIT}, ("./who.py",)),
    "in a folder": Case({"sub/who.py": PORTRAIT}, ("sub/who.py",)),
    "from another folder": Case({"who.py": PORTRAIT, "sub/x": ""}, ("../who.py",), folder="sub"),
    "no suffix": portrait("who"),
    "another suffix": portrait("who.wsgi"),
    "a strange name": portrait("1 who-am.i.py"),
    "a byte order mark": Case({"who.py": b"\xef\xbb\xbf" + PORTRAIT.encode()}, ("who.py",)),
    "carriage returns": Case({"who.py": PORTRAIT.replace("\n", "\r\n").encode()}, ("who.py",)),
    "latin-1": Case(
        {"who.py": "# coding: latin-1\nprint(ascii('\xe9'), __file__)\n".encode("latin-1")},
        ("who.py",),
    ),
    "no future import": Case(
        {"who.py": "def f(x: 1 + 1): pass\nprint(f.__annotations__)\n"}, ("who.py",)
    ),
    "a future import": Case(
        {"who.py": "from __future__ import annotations\nx: y = 1\nprint(__annotations__)\n"},
        ("who.py",),
    ),
    "a safe path": portrait("who.py", PYTHONSAFEPATH="1"),
    "variables": portrait(
        "who.py", PYTHONOPTIMIZE="2", PYTHONWARNINGS="error", PYTHONPATH="lib", PYTHONDEVMODE="1"
    ),
    "a package": Case(PACKAGE, ("-m", "pkg"), ARGUMENTS),
    "a module": Case(PACKAGE, ("-m", "plain"), ARGUMENTS),
    "a module in a package": Case(PACKAGE, ("-m", "pkg.sub.tool")),
    "a package on a safe path": Case(
        PACKAGE, ("-m", "pkg"), env={"PYTHONSAFEPATH": "1", "PYTHONPATH": "."}
    ),
    "a folder": Case(FOLDER, ("it",), ARGUMENTS),
    "a folder with a slash": Case(FOLDER, ("./it/",)),
    "a folder that is a package": Case(
        {**FOLDER, "it/__init__.py": "print('never imported')"}, ("it/",)
    ),
    "an archive": Case(
        {"it.pyz": zipped(__main__=PORTRAIT + "\nimport beside\n", beside="print('beside')")},
        ("it.pyz",),
        ARGUMENTS,
    ),
    "an executable archive": Case(
        {"it": b"#!/usr/bin/env python3\n" + zipped(__main__=PORTRAIT)}, ("./it",)
    ),
}


def prints(
    command: Sequence[str], case: Case, folder: Path, env: Mapping[str, str]
) -> list[object]:
    """What a program prints on stdout, with two lines on its stdin; a portrait as a dictionary."""
    ended = subprocess.run(
        command,
        cwd=folder / case.folder,
        env={**env, **case.env},
        input="first line\nthe rest",
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert ended.stdout, ended.stderr
    lines = ended.stdout.splitlines()
    return [json.loads(line) if line.startswith('{"') else line for line in lines]


def by_path(interpreter: str) -> list[str]:
    """The command in an interpreter that need not have uncork, without a target."""
    return serve_argv(interpreter, "TARGET", ServeOptions(), [], installed=False)[:-1]


def make(case: Case, folder: Path) -> None:
    """Write a case's files."""
    for name, content in case.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.process
@pytest.mark.parametrize("name", CASES)
def test_a_program_reports_the_same(name: str, tmp_path: Path, clean_env: dict[str, str]) -> None:
    case = CASES[name]
    make(case, tmp_path)
    plain = prints([sys.executable, *case.start, *case.arguments], case, tmp_path, clean_env)
    serve = [*by_path(sys.executable), *case.start, "--", *case.arguments]
    assert prints(serve, case, tmp_path, clean_env) == plain


@pytest.mark.process
@pytest.mark.parametrize("name", ["arguments", "a package", "a folder", "an archive"])
def test_a_program_reports_the_same_through_the_command_line(
    name: str, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    case = CASES[name]
    make(case, tmp_path)
    plain = prints([sys.executable, *case.start, *case.arguments], case, tmp_path, clean_env)
    serve = [sys.executable, "-m", "uncork", "serve", "--python", sys.executable]
    seen = prints([*serve, *case.start, "--", *case.arguments], case, tmp_path, clean_env)
    assert seen == plain


@pytest.mark.parametrize("wanted", [on(f"3.{minor}") for minor in range(10, 14)])
@pytest.mark.parametrize("name", ["arguments", "a package", "a folder"])
def test_a_program_reports_the_same_on_every_python(
    name: str, wanted: str, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    interpreter = python(wanted)
    assert interpreter is not None
    case = CASES[name]
    make(case, tmp_path)
    plain = prints([interpreter, *case.start, *case.arguments], case, tmp_path, clean_env)
    serve = [*by_path(interpreter), *case.start, "--", *case.arguments]
    assert prints(serve, case, tmp_path, clean_env) == plain
