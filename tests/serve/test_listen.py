"""Where it listens: flag, environment, script, default; systemd's sockets; who is told."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
from tests.ports import free_port
from tests.serve.conftest import GATED, PATIENCE, in_background, wait_until

from uncork.serve.listen import TcpAddress, UnixAddress, choose_addresses
from uncork.serve.options import ServeOptions, with_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import RequireTier
    from tests.serve.conftest import Gate, Serve, Write

PLAIN = """
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["SERVER_PORT"].encode()]
"""
"""An application that needs no Flask."""


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that is in use."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield int(holder.getsockname()[1])


@pytest.mark.parametrize(
    ("flags", "environ", "script", "listens"),
    [
        ({}, {}, [], "127.0.0.1:5000"),
        ({}, {}, [TcpAddress("0.0.0.0", 5300)], "0.0.0.0:5300"),
        ({}, {"PORT": "80"}, [TcpAddress("0.0.0.0", 5300)], "0.0.0.0:80"),
        ({}, {"PORT": ""}, [TcpAddress("0.0.0.0", 5300)], "0.0.0.0:5300"),
        ({}, {"PORT": "80", "UNCORK_SERVE_PORT": "81"}, [], "127.0.0.1:81"),
        ({"port": 0}, {"PORT": "80"}, [TcpAddress("0.0.0.0", 5300)], "0.0.0.0:0"),
        ({"host": "::1"}, {"PORT": "80"}, [TcpAddress("0.0.0.0", 5300)], "[::1]:80"),
        ({}, {"UNCORK_SERVE_HOST": "::"}, [TcpAddress("h", 5300)], "[::]:5300"),
        ({"unix_socket": "a.sock"}, {"PORT": "80"}, [TcpAddress("h", 5300)], "a.sock"),
        ({}, {"UNCORK_SERVE_UNIX_SOCKET": "b", "PORT": "80"}, [], "b"),
        ({"port": 80}, {"UNCORK_SERVE_UNIX_SOCKET": "b"}, [], "127.0.0.1:80"),
        ({}, {}, [UnixAddress("c.sock")], "c.sock"),
        ({"port": 80}, {}, [UnixAddress("c.sock")], "127.0.0.1:80"),
        ({}, {}, [TcpAddress("a", 1), TcpAddress("b", 1)], "a:1, b:1"),
        ({"host": "c"}, {}, [TcpAddress("a", 1), TcpAddress("b", 1)], "c:1"),
    ],
)
def test_a_flag_comes_before_the_environment_before_the_script(
    flags: dict[str, object],
    environ: dict[str, str],
    script: list[TcpAddress | UnixAddress],
    listens: str,
) -> None:
    options = with_environment(ServeOptions(**flags), environ)  # type: ignore[arg-type]
    assert ", ".join(map(str, choose_addresses(script, options))) == listens


@pytest.mark.process
def test_a_ports_owner_is_asked_for_when_it_is_in_use(
    serve: Serve, write: Write, taken: int
) -> None:
    server = serve("--port", str(taken), write(GATED))
    assert server.wait() == 7
    assert f"error: 127.0.0.1:{taken} is in use by another program" in server.lines
    assert f"hint: ss -ltnp 'sport = :{taken}' shows by which; --port takes another" in server.lines
    assert "Traceback" not in server.output
    assert "finally" in server.lines


@pytest.mark.process
def test_a_port_in_use_ends_a_script_that_runs_its_app_in_a_thread(
    serve: Serve, write: Write, taken: int
) -> None:
    server = serve(
        write(f"""
            import threading, time
            from flask import Flask
            app = Flask(__name__)
            threading.Thread(target=app.run, kwargs={{"port": {taken}}}, daemon=True).start()
            time.sleep(600)
        """)
    )
    assert server.wait() == 7


@pytest.mark.process
def test_a_reserved_port_is_explained(
    serve: Serve, write: Write, require_tier: RequireTier
) -> None:
    drop: list[str] = []
    if os.geteuid() == 0:
        # Root may; take that right away.
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            require_tier("process", "apt-get install util-linux, for setpriv")
        right = "-net_bind_service"
        drop = [setpriv, f"--bounding-set={right}", f"--inh-caps={right}"]
    server = serve("app:app", command=[*drop, sys.executable, "-m", "uncork.serve", "--port", "1"])
    assert server.wait() == 3
    write(PLAIN, "app.py")
    server = serve("app:app", command=[*drop, sys.executable, "-m", "uncork.serve", "--port", "1"])
    assert server.wait() == 7
    assert server.lines[0].startswith("error: no right to listen on 127.0.0.1:1: ports below ")
    assert server.lines[1].startswith("hint: ")


@pytest.mark.process
@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_a_host_that_is_not_here_is_explained(serve: Serve, write: Write, host: str) -> None:
    write(PLAIN, "app.py")
    server = serve("--host", host, "--port", "0", "app:app")
    assert server.wait() == 7
    assert server.lines[0].startswith(f"error: can't listen on {host}:0: ")
    assert server.lines[1].startswith("hint: ")


@pytest.mark.process
def test_ipv6_is_served(serve: Serve, write: Write) -> None:
    write(PLAIN, "app.py")
    server = serve("--host", "::1", "--port", "0", "app:app")
    assert server.url.startswith("http://[::1]:")
    with socket.create_connection(("::1", server.port), PATIENCE) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert client.makefile("rb").read().endswith(str(server.port).encode())


def get_unix(path: Path) -> bytes:
    """One request over a unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        client.connect(str(path))
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return client.makefile("rb").read()


@pytest.mark.process
def test_a_unix_socket_is_made_and_removed(serve: Serve, write: Write, tmp_path: Path) -> None:
    write(PLAIN, "app.py")
    path = tmp_path / "app.sock"
    server = serve("--unix-socket", "app.sock", "app:app")
    assert server.url == f"unix:{path}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert get_unix(path).startswith(b"HTTP/1.0 200 OK")
    second = serve("--unix-socket", "app.sock", "app:app")
    assert second.wait() == 7
    assert f"error: {path} is in use" in second.lines
    assert server.stop() == 0
    assert not path.exists()


@pytest.mark.process
def test_the_socket_of_a_server_that_was_killed_is_taken_over(
    serve: Serve, write: Write, tmp_path: Path
) -> None:
    write(PLAIN, "app.py")
    server = serve("--unix-socket", "app.sock", "app:app")
    server.stop(signal.SIGKILL)
    assert (tmp_path / "app.sock").exists()
    server = serve("--unix-socket", "app.sock", "app:app")
    assert server.url
    assert get_unix(tmp_path / "app.sock").startswith(b"HTTP/1.0 200 OK")


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


@pytest.mark.process
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


@pytest.mark.process
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


@pytest.mark.process
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


@pytest.mark.process
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


@pytest.mark.process
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


class Manager:
    """The service manager's end of NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)

    def message(self) -> str:
        """The next message."""
        return self._socket.recv(4096).decode()

    def close(self) -> None:
        """Go away."""
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    """A service manager that listens for notifications."""
    path = str(tmp_path / "notify")
    made = Manager(path if request.param == "path" else f"@{path}")
    yield made
    made.close()


@pytest.mark.process
def test_the_service_manager_hears_ready_and_stopping(
    serve: Serve, write: Write, manager: Manager, gate: Gate
) -> None:
    server = serve("--port", "0", write(GATED), env={"NOTIFY_SOCKET": manager.address})
    assert manager.message() == "READY=1"
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    assert manager.message() == "STOPPING=1"
    gate.open()
    assert request.result().status == 200
    assert server.wait() == 0


@pytest.mark.process
def test_a_service_manager_that_is_gone_stops_nothing(
    serve: Serve, write: Write, tmp_path: Path
) -> None:
    gone = {"NOTIFY_SOCKET": str(tmp_path / "gone")}
    server = serve("--port", "0", write(GATED), env=gone)
    assert server.get().text == "hello"


@pytest.mark.process
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
