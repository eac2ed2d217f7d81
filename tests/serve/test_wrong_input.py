"""Wrong input to serve: the fact, the hint and the status, from both commands."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serve.conftest import Serve, Write

pytestmark = pytest.mark.process

UNCORK = (sys.executable, "-m", "uncork", "serve", "--python", sys.executable)
RUNNER = (sys.executable, "-m", "uncork.serve")
COMMANDS = pytest.mark.parametrize("command", [UNCORK, RUNNER], ids=["uncork serve", "runner"])
FLASK = "from flask import Flask\napp = Flask(__name__)\n"


@COMMANDS
@pytest.mark.parametrize(
    ("target", "fact", "hint"),
    [
        ("sever.py", "there is no sever.py", "did you mean server.py?"),
        ("sub/sever.py", "there is no sub/sever.py", "did you mean sub/server.py?"),
        ("nothing/like/it.py", "there is no nothing/like/it.py", "name a script"),
    ],
)
def test_a_file_that_does_not_exist(
    serve: Serve, write: Write, command: tuple[str, ...], target: str, fact: str, hint: str
) -> None:
    write(FLASK)
    write(FLASK, "sub/server.py")
    server = serve(target, command=command)
    assert server.wait() == 2
    assert server.lines[0] == f"error: {fact}"
    assert server.lines[1].startswith(f"hint: {hint}")


@COMMANDS
def test_an_empty_folder(serve: Serve, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "empty").mkdir()
    server = serve("empty", command=command)
    runner = command is RUNNER
    assert server.wait() == (2 if runner else 3)
    assert server.lines[0] == (
        "error: empty is a folder without __main__.py, which python can't run"
        if runner
        else f"error: nothing in {tmp_path / 'empty'} runs a Flask app"
    )
    assert server.lines[1].startswith("hint: name the script")


CONTENT = {
    "a program": (b"\x7fELF\x02\x01\x01\0\0", "a compiled program"),
    "an archive": (b"PK\x03\x04\0\0", "a zip archive without __main__.py"),
    "UTF-16": ("print(1)".encode("utf-16"), "UTF-16 text"),
    "compiled": (b"\xa7\r\r\n\0\0\0\0", "compiled Python"),
    "binary": (b"print(1)\0", "binary data"),
}


@COMMANDS
@pytest.mark.parametrize("kind", CONTENT)
def test_a_file_that_is_no_text(
    serve: Serve, tmp_path: Path, command: tuple[str, ...], kind: str
) -> None:
    content, name = CONTENT[kind]
    (tmp_path / "server.py").write_bytes(content)
    server = serve("server.py", command=command)
    assert server.wait() == 3
    assert server.lines[0] == f"error: server.py is no Python source but {name}"
    hint = "save it as UTF-8" if kind == "UTF-16" else "name the script that you start with python"
    assert server.lines[1] == f"hint: {hint}"


@COMMANDS
def test_a_file_that_may_not_be_read(
    serve: Serve, write: Write, tmp_path: Path, command: tuple[str, ...]
) -> None:
    write(FLASK)
    (tmp_path / "server.py").chmod(0)
    if os.access(tmp_path / "server.py", os.R_OK):
        # root may read anything; a link to itself is read by nobody.
        (tmp_path / "server.py").unlink()
        (tmp_path / "server.py").symlink_to("server.py")
    server = serve("server.py", command=command)
    assert server.wait() == 2
    assert server.lines[-2].startswith("error: ")
    assert "server.py" in server.lines[-2]
    assert server.lines[-1].startswith("hint: name ")


def says_python(tmp_path: Path, *arguments: str) -> list[str]:
    """What python itself says to a script that it can't run."""
    said = subprocess.run(
        [sys.executable, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    return said.stderr.splitlines()


@COMMANDS
def test_a_syntax_error_is_told_in_pythons_words(
    serve: Serve, write: Write, tmp_path: Path, command: tuple[str, ...]
) -> None:
    write("from flask import Flask\ndef f(:\n    pass\n")
    server = serve("server.py", command=command)
    assert server.wait() == 3
    assert server.lines == says_python(tmp_path, "server.py")


@COMMANDS
def test_a_syntax_error_in_the_projects_own_module_shows_who_imports_it(
    serve: Serve, write: Write, tmp_path: Path, command: tuple[str, ...]
) -> None:
    write("import helpers\n")
    write("def f(:\n    pass\n", "helpers.py")
    server = serve("server.py", command=command)
    assert server.wait() == 3
    assert server.lines == says_python(tmp_path, "server.py")


PYTHON_2 = {
    "print": 'print "hello"',
    "except": "try:\n    pass\nexcept ValueError, e:\n    pass",
    "raise": 'raise ValueError, "no"',
    "exec": 'exec "a = 1"',
    "unequal": "if 1 <> 2: pass",
    "backticks": "a = `1`",
    "octal": "import os\nos.umask(022)",
    "long": "a = 10L",
    "unicode": 'a = ur"a"',
    "tuple": "def f(a, (b, c)):\n    pass",
    "lambda": "a = lambda (b, c): b",
}


@COMMANDS
@pytest.mark.parametrize("kind", PYTHON_2)
def test_python_2_source_is_called_so(
    serve: Serve, write: Write, command: tuple[str, ...], kind: str
) -> None:
    source = PYTHON_2[kind]
    broken = ("except", "print", "raise", "exec", "if", "a =", "os.", "def")
    line = next(i for i, t in enumerate(source.splitlines(), 1) if t.startswith(broken))
    server = serve(write(source + "\n"), command=command)
    assert server.wait() == 3
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert server.lines[-2] == (
        f"error: server.py:{line}: this is Python 2 source, and the app's Python is {version}"
    )
    assert server.lines[-1].startswith("hint: 2to3 -w server.py ")


@COMMANDS
@pytest.mark.parametrize(
    "source", ["def f(a=(1, 2):\n    pass\n", "a = 'print `b` <> 0777' 3\n", "a = f(b(1)\n"]
)
def test_python_3_source_is_not_called_python_2(
    serve: Serve, write: Write, tmp_path: Path, command: tuple[str, ...], source: str
) -> None:
    write(source)
    server = serve("server.py", command=command)
    assert server.wait() == 3
    assert server.lines == says_python(tmp_path, "server.py")


@COMMANDS
def test_tabs_and_spaces_are_called_so(
    serve: Serve, write: Write, command: tuple[str, ...]
) -> None:
    server = serve(write("if 1:\n        a = 1\n\tb = 2\n"), command=command)
    assert server.wait() == 3
    assert "tabs and spaces are mixed as only Python 2 allows" in server.lines[-2]
    assert server.lines[-1] == "hint: python3 -m tabnanny server.py names the lines"


@COMMANDS
def test_text_in_another_encoding_is_called_so(
    serve: Serve, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "server.py").write_bytes("name = 'caf\xe9'\n".encode("latin-1"))
    server = serve("server.py", command=command)
    assert server.wait() == 3
    assert server.lines[-2] == (
        "error: server.py: this is not UTF-8 text, and it declares no other encoding"
    )
    assert "coding: latin-1" in server.lines[-1]


@COMMANDS
def test_a_missing_library_names_the_interpreter(
    serve: Serve, write: Write, tmp_path: Path, command: tuple[str, ...]
) -> None:
    write("import nothing_of_this_name\n")
    server = serve("server.py", command=command)
    assert server.wait() == 1
    hint = (
        f"hint: {sys.executable} has no module nothing_of_this_name; "
        "if the app has another Python, name it with --python"
    )
    assert server.lines == [*says_python(tmp_path, "server.py"), hint]


@COMMANDS
def test_a_script_that_raises_shows_its_own_frames(
    serve: Serve, write: Write, tmp_path: Path, command: tuple[str, ...]
) -> None:
    write("import json\ndef load():\n    json.loads('{')\nload()\n")
    server = serve("server.py", command=command)
    assert server.wait() == 1
    assert server.lines == says_python(tmp_path, "server.py")


@COMMANDS
@pytest.mark.parametrize("module", ["pkg", "plain"])
def test_a_module_that_raises_shows_its_own_frames(
    serve: Serve, write: Write, command: tuple[str, ...], module: str
) -> None:
    write("def load():\n    1 / 0\nload()\n", "pkg/__main__.py")
    write("def load():\n    1 / 0\nload()\n", "plain.py")
    server = serve("-m", module, command=command)
    assert server.wait() == 1
    assert server.lines[-1] == "ZeroDivisionError: division by zero"
    frames = [line for line in server.lines if line.startswith("  File ")]
    assert len(frames) == 2
    assert all("/pkg/__main__.py" in frame or "/plain.py" in frame for frame in frames)


@COMMANDS
@pytest.mark.parametrize("status", ["0", "3", "'a reason'"])
def test_a_script_that_exits_keeps_its_status(
    serve: Serve, write: Write, command: tuple[str, ...], status: str
) -> None:
    server = serve(write(f"import sys\nsys.exit({status})\n"), command=command)
    assert server.wait() == {"0": 0, "3": 3}.get(status, 1)
    told = "uncork: the script has exited by itself, before it ran an app"
    assert server.lines == {"0": [told], "3": []}.get(status, ["a reason"])


@COMMANDS
def test_a_script_that_leaves_at_once_keeps_its_status(
    serve: Serve, write: Write, command: tuple[str, ...]
) -> None:
    server = serve(write("import os\nos._exit(5)\n"), command=command)
    assert server.wait() == 5


DOES_NOTHING = {
    "an app": (
        FLASK,
        "server.py",
        "it makes app, and nothing runs it",
        "uncork serve server:app",
    ),
    "an app of another name": (
        FLASK + "web = app\ndel app\n",
        "server.py",
        "it makes web, and nothing runs it",
        "uncork serve server:web",
    ),
    "a factory": (
        "def create_app():\n    pass\n",
        "server.py",
        "it defines create_app(), and nothing calls it",
        "uncork serve server:create_app",
    ),
    "nothing": (
        "print('hello')\n",
        "server.py",
        "it makes no Flask app",
        "name the script that runs it",
    ),
    "in a folder": (
        FLASK,
        "sub/server.py",
        "it makes app, and nothing runs it",
        "in sub: uncork serve server:app",
    ),
    "no module's name": (
        FLASK,
        "my-server.py",
        "it makes app, and nothing runs it",
        "add a call of its run()",
    ),
}


@COMMANDS
@pytest.mark.parametrize("kind", DOES_NOTHING)
def test_a_script_that_runs_no_app_is_told_what_it_did(
    serve: Serve, write: Write, command: tuple[str, ...], kind: str
) -> None:
    source, name, did, hint = DOES_NOTHING[kind]
    server = serve(write(source, name), command=command)
    assert server.wait() == 4
    assert server.lines[-2:] == [
        f"error: {name}: the script ended without running an app: {did}",
        f"hint: {hint}",
    ]


@COMMANDS
@pytest.mark.parametrize(
    ("words", "status", "fact", "hint"),
    [
        (["-m", "pgk"], 3, "there is no module pgk", "modules are looked for in"),
        (["-m", "pkg.nothing"], 3, "there is no module pkg.nothing", "modules are looked for in"),
        (["-m", "nothing.at.all"], 3, "there is no module nothing.at.all", "modules are"),
        (
            ["-m", "pkg"],
            3,
            "pkg is a package without __main__, so python -m can't run it",
            "uncork serve pkg serves the app that it makes",
        ),
        (["-m", "pkg", "server.py"], 2, "", ""),
        (["-m"], 2, "", ""),
    ],
)
def test_a_package_that_cannot_be_run(  # noqa: PLR0917 - pytest's, by name
    serve: Serve,
    write: Write,
    command: tuple[str, ...],
    words: list[str],
    status: int,
    fact: str,
    hint: str,
) -> None:
    write("", "pkg/__init__.py")
    server = serve(*words, command=command)
    assert server.wait() == status
    assert "Traceback" not in server.output
    assert server.lines[-2].startswith(f"error: {fact}")
    assert server.lines[-1].startswith(f"hint: {hint}")


def test_a_script_behind_m_is_told_its_module(serve: Serve, write: Write) -> None:
    write(FLASK, "sub/server.py")
    server = serve("-m", "sub/server.py", command=UNCORK)
    assert server.wait() == 2
    assert server.lines == [
        "error: -m takes a module's name, and sub/server.py is none",
        "hint: did you mean -m sub.server?",
    ]


def test_a_folder_that_only_m_can_run_says_so(serve: Serve, write: Write) -> None:
    write("", "pkg/__init__.py")
    write("from . import app\napp.run()\n", "pkg/__main__.py")
    server = serve("pkg", command=UNCORK)
    assert server.wait() == 2
    assert server.lines == [
        "error: pkg is a package whose __main__ imports from it, which only python -m can run",
        "hint: uncork serve -m pkg",
    ]


def test_flask_app_that_names_nothing_is_told(serve: Serve, write: Write) -> None:
    write(FLASK)
    server = serve(command=UNCORK, env={"FLASK_APP": "sever.py"})
    assert server.wait() == 2
    assert server.lines == [
        "error: FLASK_APP names sever.py, and there is no such file",
        "hint: did you mean server.py?",
    ]


@COMMANDS
def test_a_wrong_value_in_a_variable_names_the_variable(
    serve: Serve, write: Write, command: tuple[str, ...]
) -> None:
    write(FLASK)
    server = serve("server.py", command=command, env={"UNCORK_SERVE_THREADS": "many"})
    assert server.wait() == 2
    fact, hint = server.lines
    assert fact.startswith("error: UNCORK_SERVE_THREADS: 'many' is not a number of threads")
    assert hint == "hint: mend or unset UNCORK_SERVE_THREADS"
