"""Sockets that systemd hands over: sd_listen_fds(3)."""

from __future__ import annotations

import shutil
import signal
import socket
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
from tests.ports import free_port
from tests.serve.conftest import GATED, PATIENCE, in_background, wait_until
from tests.serve.listening import PLAIN, ask_at, urls_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import RequireTier
    from tests.serve.conftest import Serve, Write

pytestmark = pytest.mark.process


@pytest.fixture
def systemd_socket(tmp_path: Path) -> Iterator[tuple[socket.socket, list[str]]]:
    """A listening socket, and a command that hands it over as file descriptor 3."""
    handover = tmp_path / "activate.py"
    handover.write_text(
        textwrap.dedent("""
            import os, sys
            fds = [int(fd) for fd in sys.argv[1].split(",")]
            for number, fd in enumerate(fds, 3):
                os.dup2(fd, number, inheritable=True)
                os.close(fd)
            os.environ["LISTEN_FDS"] = str(len(fds))
            os.environ["LISTEN_PID"] = str(os.getpid() + int(os.environ.pop("PID_OFF", "0")))
            os.execv(sys.executable, [sys.executable, "-m", "uncork.serve", *sys.argv[2:]])
        """)
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening, [sys.executable, str(handover), str(listening.fileno())]


def test_a_socket_of_systemd_is_served_and_outlives_the_server(
    serve: Serve, write: Write, systemd_socket: tuple[socket.socket, list[str]]
) -> None:
    listening, command = systemd_socket
    port = listening.getsockname()[1]
    # --port is the unit's, and the socket unit has the last word.
    arguments = ("--port", "1", write(GATED))
    server = serve(*arguments, command=command, pass_fds=[listening.fileno()])
    assert server.port == port
    assert server.get().text == "hello"
    assert server.stop() == 0
    # What comes now waits for the next process, and is not lost.
    waiting = in_background(server.get)
    server = serve(*arguments, command=command, pass_fds=[listening.fileno()])
    assert waiting.result().text == "hello"
    assert server.stop() == 0


def test_a_restart_on_systemds_socket_loses_no_request(
    serve: Serve, write: Write, systemd_socket: tuple[socket.socket, list[str]]
) -> None:
    listening, command = systemd_socket
    script = write(GATED)
    server = serve(script, command=command, pass_fds=[listening.fileno()])
    keeping = server.connect()
    answers: list[int] = []

    def ask_until_told() -> None:
        while "told" not in state:
            keeping.request("GET", "/")
            response = keeping.getresponse()
            response.read()
            answers.append(response.status)
            answers.append(server.get().status)

    state: set[str] = set()
    client = in_background(ask_until_told)
    for restart in range(1, 4):
        wait_until(lambda enough=20 * restart: len(answers) >= enough, "more requests")
        server.send(signal.SIGTERM)
        following = serve(script, command=command, pass_fds=[listening.fileno()])
        assert following.url
        assert server.wait() == 0
        server = following
    state.add("told")
    client.result()
    keeping.close()
    assert set(answers) == {200}
    assert server.stop() == 0


def test_several_sockets_of_systemd_are_served(
    serve: Serve, write: Write, tmp_path: Path, systemd_socket: tuple[socket.socket, list[str]]
) -> None:
    listening, command = systemd_socket
    write(PLAIN, "app.py")
    path = tmp_path / "systemd.sock"
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(path))
        unix.listen()
        fds = [listening.fileno(), unix.fileno()]
        server = serve(
            "--listen", "127.0.0.1:1", "app:app",
            command=[*command[:-1], ",".join(map(str, fds))], pass_fds=fds,
            # They have meanings for programs that know several: sd_listen_fds_with_names(3).
            env={"LISTEN_FDNAMES": "web:control"},
        )  # fmt: skip
        port = listening.getsockname()[1]
        assert urls_of(server) == [f"http://127.0.0.1:{port}", f"unix:{path}"]
        assert ask_at(f"http://127.0.0.1:{port}") == str(port).encode()
        assert ask_at(f"unix:{path}")
        assert server.stop() == 0
    assert path.exists()


def test_sockets_for_another_process_are_left_alone(
    serve: Serve, write: Write, systemd_socket: tuple[socket.socket, list[str]]
) -> None:
    listening, command = systemd_socket
    server = serve(
        "--port", "0", write(GATED),
        command=command, pass_fds=[listening.fileno()], env={"PID_OFF": "1"},
    )  # fmt: skip
    assert server.port != listening.getsockname()[1]
    assert server.get().text == "hello"


def test_children_do_not_see_systemds_variables(
    serve: Serve, write: Write, systemd_socket: tuple[socket.socket, list[str]]
) -> None:
    listening, command = systemd_socket
    script = write("""
        import os, subprocess
        from flask import Flask
        app = Flask(__name__)
        print([name for name in os.environ if name.startswith("LISTEN_")])
        subprocess.run(["ls", "-l", "/proc/self/fd"], close_fds=False)
        app.run()
    """)
    server = serve(script, command=command, pass_fds=[listening.fileno()])
    assert server.get().status == 404
    assert server.stop() == 0
    assert "[]" in server.lines
    assert "/proc/" in server.output
    assert "socket:" not in server.output


def test_a_descriptor_that_does_not_listen_is_refused(
    serve: Serve, write: Write, systemd_socket: tuple[socket.socket, list[str]]
) -> None:
    _, command = systemd_socket
    with socket.socket() as idle:
        server = serve(
            write(GATED), command=[*command[:-1], str(idle.fileno())], pass_fds=[idle.fileno()]
        )
        assert server.wait() == 7
    assert "does not listen" in server.lines[0]


def test_systemds_own_activation_tool_works(
    serve: Serve, write: Write, require_tier: RequireTier
) -> None:
    tool = shutil.which("systemd-socket-activate")
    if tool is None:
        require_tier("process", "apt-get install systemd, for systemd-socket-activate")
    port = free_port()
    command = [tool, "-l", f"127.0.0.1:{port}", "-E", "PATH", sys.executable, "-m", "uncork.serve"]
    server = serve(write(GATED), command=command)
    server.wait_for("Listening on")
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert client.makefile("rb").read().endswith(b"hello")
    assert server.port == port
