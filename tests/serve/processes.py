"""An app for several processes, how tests start it, and clients that ask it."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
import waitress
from tests.environments import interpreter
from tests.serve.conftest import (
    MAIN,
    PATIENCE,
    Server,
    ask,
    in_background,
    wait_until,
)
from tests.serve.test_notify import Manager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.serve.conftest import Serve, Write

    Start = Callable[..., Server]

APP = """
    import atexit, os, pathlib, re, threading, time
    from flask import Flask

    VERSION = "one"
    print("loading", os.getpid())
    app = Flask(__name__)

    @app.route("/")
    def index():
        return VERSION

    @app.route("/pid")
    def pid():
        return str(os.getpid())

    @app.route("/held/<name>")
    def held(name):
        print("held", name)
        # Two that read from one pipe would both end with the first who writes.
        pathlib.Path("gate" if name == "one" else name).read_text()
        return "let go " + name

    @app.route("/slow")
    def slow():
        time.sleep(3.5)
        return "slow"

    @app.route("/hang")
    def hang():
        print("hangs")
        re.match(r"(a+)+b", "a" * 60)  # For ever, and with the GIL.

    atexit.register(print, "at exit")
"""
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HELD_AT_IMPORT = """
    import os, pathlib
    for name in ("first", "second"):
        try:
            os.mkdir(name)
        except FileExistsError:
            continue
        print("loads", name)
        pathlib.Path(name + ".gate").read_text()
        break
"""


def runner(name: str = "flask-3") -> list[str]:
    """The command by path, in an environment that has gunicorn and not uncork."""
    folder = Path(waitress.__file__).parents[1]
    return [interpreter(name), str(MAIN), "--waitress", str(folder)]


@pytest.fixture
def start(serve: Serve, write: Write) -> Start:
    """Write the app and start two processes of it on a free port."""
    return starter(serve, write, "--processes", "2")


def starter(serve: Serve, write: Write, *how: str) -> Start:
    """What writes the app and starts it on a free port, by its import string."""

    def start_(
        *arguments: str,
        source: str = APP,
        where: Sequence[str] = ("--port", "0"),
        env: Mapping[str, str] | None = None,
        command: Sequence[str] | None = None,
        **options: Any,
    ) -> Server:
        write(source, "place.py")
        # A file that is changed twice within the grain of its time stamp comes from its cache.
        env = {"PYTHONDONTWRITEBYTECODE": "1", **(env or {})}
        words = [*where, *how, *arguments, "place:app"]
        return serve(*words, command=command or runner(), env=env, **options)

    return start_


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A service manager that listens for notifications."""
    made = Manager(str(tmp_path / "notify"))
    yield made
    made.close()


def processes(server: Server) -> set[int]:
    """The processes that the master has now."""
    listed = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    return {int(pid) for pid in listed.split()}


def over(path: Path, target: str = "/") -> str:
    """What a unix socket answers."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        client.connect(str(path))
        client.sendall(f"GET {target} HTTP/1.0\r\n\r\n".encode())
        with client.makefile("rb") as answer:
            return answer.read().decode().rpartition("\r\n")[2]


def body(url: str) -> bytes:
    """What a URL of ours answers."""
    with urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 - http, as the server has said
        read: bytes = answer.read()
        return read


def before(manager: Manager, line: str) -> list[str]:
    """What was heard before the message with a line."""
    return [each for message in manager.until(line)[:-1] for each in message]


class Clients:
    """Clients of three kinds, which ask until they are told to stop."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._over = threading.Event()
        self.answers: list[str] = []
        kinds = (self._closing, self._closing, self._keeping, self._keeping, self._pausing)
        self._running = [in_background(kind) for kind in kinds]

    def _closing(self) -> None:
        while not self._over.is_set():
            self.answers.append(self._server.get().text)

    def _keeping(self, pause: float = 0.0) -> None:
        connection = self._server.connect()
        while not self._over.wait(pause):
            self.answers.append(ask(connection, "/").text)
        connection.close()

    def _pausing(self) -> None:
        self._keeping(0.3)

    def stop(self) -> None:
        """Let them end; raises what a client has met with."""
        self._over.set()
        for each in self._running:
            each.result()

    def wait_for(self, text: str) -> None:
        """Until an answer has come since now that says so, and another one."""
        seen = len(self.answers)
        wait_until(lambda: self.answers[seen:].count(text) > 1, f"answers {text}")
