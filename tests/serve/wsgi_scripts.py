"""A script with two Flask apps, and what starts it where all the WSGI servers are installed."""

from __future__ import annotations

import socket
import urllib.request
from typing import TYPE_CHECKING

from tests.environments import interpreter
from tests.serve.conftest import PATIENCE
from tests.serve.test_interpreter import runner

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serve.conftest import Serve, Server, Write

    Run = Callable[..., Server]

APP = """\
import atexit, os, sys, threading, time
from flask import Flask, request

app = Flask("app")
other = Flask("other")

@app.route("/")
def index():
    return "hello " + request.environ["SERVER_SOFTWARE"]

@app.route("/held")
def held():
    print("held")
    open("gate").read()
    return "let go"

@other.route("/")
def other_index():
    return "other"

atexit.register(print, "at exit")
"""


def starter(serve: Serve, write: Write) -> Run:
    """What serves the app above, with lines of the test's own behind it."""

    def start(lines: str, *options: str, environment: str = "servers") -> Server:
        name = write(f"{APP}\n{lines}\nprint('behind the call')\n")
        return serve(*options, name, command=runner(interpreter(environment)))

    return start


def fetch(port: int, host: str = "http://127.0.0.1", path: str = "/") -> str:
    """A page of whatever listens on a port."""
    with urllib.request.urlopen(f"{host}:{port}{path}", timeout=PATIENCE) as answer:  # noqa: S310 - http
        return str(answer.read().decode())


def listens(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
