"""Real servers in processes of their own, and the little that it takes to talk to them."""

from __future__ import annotations

import contextlib
import functools
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

import uncork

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PATIENCE = 30.0
"""Seconds after which a test fails instead of waiting on; nothing should come near it."""
MAIN = Path(uncork.__file__).parent / "serve" / "__main__.py"
_READY = re.compile(r"uncork: serving .* at (\S+?)(?:, \S+)* \(")


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body, decoded."""
        return self.body.decode()


class Server:
    """A process that serves, with everything it has written so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    @property
    def output(self) -> str:
        """Both streams, which share a pipe, so in their order."""
        return "\n".join(self.lines)

    def wait_for(self, text: str, times: int = 1) -> str:
        """Wait until so many lines contain a text; returns the last of them."""

        def found() -> list[str]:
            return [line for line in self.lines if text in line]

        def settled() -> bool:
            return len(found()) >= times or not self._reader.is_alive()

        with self._news:
            arrived = self._news.wait_for(settled, PATIENCE)
        assert arrived, f"no line says {text!r} within {PATIENCE} s:\n{self.output}"
        assert len(found()) >= times, f"ended without saying {text!r}:\n{self.output}"
        return found()[times - 1]

    @functools.cached_property
    def url(self) -> str:
        """Where it says that it serves; waits for that."""
        match = _READY.search(self.wait_for("uncork: serving"))
        assert match
        return match[1].rstrip(",")

    @property
    def port(self) -> int:
        """The port of its URL."""
        return int(self.url.rpartition(":")[2])

    def connect(self) -> http.client.HTTPConnection:
        """A connection that keeps alive; the caller closes it."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def get(self, path: str = "/", headers: Mapping[str, str] | None = None) -> Answer:
        """One request on a connection of its own."""
        connection = self.connect()
        try:
            return ask(connection, path, headers)
        finally:
            connection.close()

    def send(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """Wait for the end; returns the exit status, and `output` is complete."""
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal once it serves, and wait for the end."""
        assert self.url
        self.send(number)
        return self.wait()


def ask(
    connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str] | None = None
) -> Answer:
    """One request on an open connection."""
    connection.request("GET", path, headers=dict(headers or {}))
    response = connection.getresponse()
    return Answer(response.status, dict(response.getheaders()), response.read())


def refuses(server: Server) -> bool:
    """Whether new connections are refused: the stop has begun."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", server.port)) != 0


class Serve(Protocol):
    """Starts ``python -m uncork.serve`` with arguments."""

    def __call__(
        self,
        *arguments: str,
        command: Sequence[str] | None = None,
        env: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Server:
        """Start it; ``command`` replaces the interpreter and ``-m uncork.serve``."""
        ...


class Write(Protocol):
    """Writes a script into the test's folder."""

    def __call__(self, source: str, name: str = "server.py") -> str:
        """Write it; returns its name."""
        ...


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a script, its indentation removed, into the test's folder."""

    def write_(source: str, name: str = "server.py") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))
        return name

    return write_


@pytest.fixture
def serve(tmp_path: Path, clean_env: dict[str, str]) -> Iterator[Serve]:
    """Start servers in the test's folder; what still runs at the end is killed."""
    started: list[Server] = []

    def start(
        *arguments: str,
        command: Sequence[str] | None = None,
        env: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Server:
        process = subprocess.Popen(
            [*(command or (sys.executable, "-m", "uncork.serve")), *arguments],
            cwd=tmp_path,
            env={**clean_env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **{"start_new_session": True, **options},
        )
        started.append(Server(process))
        return started[-1]

    with _interruptible():
        yield start
    for server in started:
        if server.process.poll() is None:
            server.process.kill()
        # A child that outlives its parent would hold the pipe open, and the test with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGKILL)
        server.wait()
        if server.process.stdout is not None:
            server.process.stdout.close()


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """A shell that starts the tests in the background has them ignore SIGINT, and children too."""
    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Gate:
    """Holds a view until the test lets it go: the view reads a named pipe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)

    def open(self) -> None:
        """Let one reader go; it must have been reached."""
        self.path.write_text("go")


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """A pipe called ``gate`` in the test's folder."""
    return Gate(tmp_path / "gate")


GATED = """
    import atexit, pathlib, time
    from flask import Flask, Response

    app = Flask(__name__)

    @app.route("/")
    def index():
        return "hello"

    @app.route("/held/<name>")
    def held(name):
        print("held", name)
        pathlib.Path("gate").read_text()
        return "let go " + name

    @app.route("/download")
    def download():
        def chunks():
            yield b"x" * 65536
            print("downloading")
            pathlib.Path("gate").read_text()
            for _ in range(63):
                yield b"x" * 65536
        return Response(chunks(), headers={"Content-Length": str(64 * 65536)})

    atexit.register(print, "at exit")

    if __name__ == "__main__":
        try:
            app.run(port=0)
            print("behind run")
        finally:
            print("finally")
"""
"""A script with a view that waits for the gate, and with code behind its run call."""


def wait_until(condition: Any, what: str) -> None:
    """Poll until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        time.sleep(0.005)


def in_background(call: Any, *arguments: Any) -> Future:
    """Run a call in a thread."""
    return Future(call, arguments)


class Future:
    """A call that runs in a thread, and its result."""

    def __init__(self, call: Any, arguments: tuple[Any, ...]) -> None:
        self._result: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(call, arguments), daemon=True)
        self._thread.start()

    def _run(self, call: Any, arguments: tuple[Any, ...]) -> None:
        try:
            self._result = call(*arguments)
        except BaseException as error:  # noqa: BLE001 - raised again by result()
            self._error = error

    def result(self) -> Any:
        """The result, or the exception raised again."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "no result"
        if self._error is not None:
            raise self._error
        return self._result


@functools.cache
def python(version: str) -> str | None:
    """A Python of a version on PATH, if it really is one; version managers leave shims."""
    path = shutil.which(f"python{version}")
    if path is None:
        return None
    asked = subprocess.run(
        [path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=False,
    )
    return path if asked.stdout.strip() == version else None
