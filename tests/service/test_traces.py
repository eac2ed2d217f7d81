"""What the source says about files."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from uncork.service.traces import Sign, find_traces
from uncork.source.file import SourceFile


def signs(text: str) -> list[Sign]:
    """The signs in a text, in order."""
    source = SourceFile(PurePosixPath("server.py"), text.encode())
    return [trace.sign for trace in find_traces([source])]


@pytest.mark.parametrize(
    "text",
    [
        "sqlite3.connect('shop.db')",
        "open('log', 'w')",
        "open('log', mode='ab')",
        "path.open('x')",
        "io.open('log', 'r+')",
        "Path('x').write_text('')",
        "os.makedirs('uploads')",
        "upload.save(path)",
        "app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///shop.db'",
        "logging.handlers.RotatingFileHandler('app.log')",
    ],
)
def test_writing_is_seen(text: str) -> None:
    assert Sign.WRITES in signs(text)


@pytest.mark.parametrize(
    "text", ["open('log')", "open('log', 'rb')", "path.open()", "open('w')", "print('sqlite')"]
)
def test_reading_is_no_writing(text: str) -> None:
    assert Sign.WRITES not in signs(text)


@pytest.mark.parametrize(
    "text", ["os.path.expanduser('~/.netrc')", "Path.home()", "open('/home/ada/key')"]
)
def test_home_folders_are_seen(text: str) -> None:
    assert Sign.HOME in signs(text)


@pytest.mark.parametrize("text", ["import numba", "from torch import nn", "import jax.numpy"])
def test_compilers_are_seen(text: str) -> None:
    assert signs(text) == [Sign.WRITABLE_CODE]


def test_an_ordinary_app_shows_nothing() -> None:
    assert signs("from flask import Flask\napp = Flask(__name__)\nreader = open('a.txt')") == []


def test_a_trace_knows_its_place() -> None:
    source = SourceFile(PurePosixPath("server.py"), b"import os\n\nos.mkdir('x')\n")
    (trace,) = find_traces([source])
    assert str(trace.place) == "server.py:3"
