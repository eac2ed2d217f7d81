"""``--server granian``: the same app on another server, and what that one can't do."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.environments import interpreter
from tests.serve.conftest import PATIENCE, Gate, Server, in_background, refuses, wait_until
from tests.serve.processes import APP, HELD_AT_IMPORT, before, over, processes, runner, starter
from tests.serve.test_notify import Manager
from tests.serve.test_processes import BROKEN

from uncork.serve.options import DEFAULT_THREADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.serve.conftest import Serve, Write

    Start = Callable[..., Server]

pytestmark = pytest.mark.process

CLIENT = """
    @app.route("/client")
    def client():
        from flask import request
        return f"{request.remote_addr} {request.scheme}"
"""


@pytest.fixture
def start(serve: Serve, write: Write) -> Start:
    """Write the app and start it on granian, on a free port."""
    return starter(serve, write, "--server", "granian")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A service manager that listens for notifications."""
    made = Manager(str(tmp_path / "notify"))
    yield made
    made.close()


def test_it_serves_and_says_how(start: Start) -> None:
    server = start("--threads", "3")
    assert ", 1 process, 3 threads each)" in server.wait_for("(granian ")
    answer = server.get()
    assert (answer.status, answer.text) == (200, "one")
    assert "GET / HTTP/1.1" in server.wait_for('127.0.0.1 "')
    assert server.stop() == 0
    assert server.lines.count("at exit") == 1
    assert len([line for line in server.lines if line.startswith("loading")]) == 1


def test_ready_is_told_when_every_process_has_loaded_the_app(
    start: Start, tmp_path: Path, manager: Manager
) -> None:
    gates = [Gate(tmp_path / f"{name}.gate") for name in ("first", "second")]
    server = start("--processes", "2", source=HELD_AT_IMPORT + APP, env=manager.env)
    server.wait_for("loads second")
    gates[0].open()
    server.wait_for("loading")
    assert "uncork: serving" not in server.output
    gates[1].open()
    assert f"2 processes, {DEFAULT_THREADS} threads each)" in server.wait_for("uncork: serving")
    assert not [line for line in before(manager, "READY=1") if line.startswith("READY")]
    server.send(signal.SIGTERM)
    assert not before(manager, "STOPPING=1")
    assert server.wait() == 0


@pytest.mark.parametrize(
    ("number", "group"),
    [(signal.SIGTERM, False), (signal.SIGTERM, True), (signal.SIGINT, True)],
    ids=["SIGTERM", "SIGTERM to all", "Ctrl-C"],
)
def test_a_stop_finishes_what_runs(start: Start, gate: Gate, number: int, group: bool) -> None:
    server = start("--processes", "2", start_new_session=True)
    assert server.url
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    (os.killpg if group else os.kill)(server.process.pid, number)
    server.wait_for(f"uncork: {signal.Signals(number).name}: stopping")
    gate.open()
    assert request.result().text == "let go one"
    assert server.wait() == 0


def test_a_second_signal_and_the_drain_timeout_cut(start: Start, gate: Gate) -> None:
    for arguments, signals in ((("--drain-timeout", "1"), 1), ((), 2)):
        server = start(*arguments)
        request = in_background(server.get, "/held/one")
        server.wait_for("held one")
        server.send(signal.SIGTERM)
        server.wait_for("SIGTERM: stopping")
        if signals > 1:
            server.send(signal.SIGTERM)
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            request.result()
        assert server.wait() == 0
    assert gate.path.exists()


def test_a_process_that_is_killed_is_replaced(start: Start) -> None:
    server = start("--processes", "2")
    victim = int(server.get("/pid").text)
    os.kill(victim, signal.SIGKILL)
    server.wait_for("loading", 3)
    wait_until(lambda: len(processes(server) - {victim}) == 2, "there are two again")
    wait_until(lambda: server.get().text == "one", "it answers")
    assert server.stop() == 0


def test_processes_leave_when_the_first_one_is_killed(start: Start) -> None:
    server = start("--processes", "2")
    left = processes(server) if server.url else set()
    server.send(signal.SIGKILL)
    server.process.wait(PATIENCE)
    wait_until(lambda: refuses(server), "nobody listens any more")
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left), "all have left")


def test_a_reload_is_refused_with_the_reason(start: Start) -> None:
    server = start()
    assert server.url
    server.send(signal.SIGHUP)
    server.wait_for("SIGHUP: granian would take the old processes away")
    assert server.get().text == "one"
    assert server.stop() == 0


@pytest.mark.parametrize("case", BROKEN)
def test_an_app_that_does_not_start_is_told_once_and_ends_with_its_own_status(
    start: Start, case: str
) -> None:
    source, status, said = BROKEN[case]
    server = start("--processes", "2", source=source)
    assert server.wait() == status
    assert len([line for line in server.lines if line.startswith(said)]) == 1
    assert len([line for line in server.lines if line.startswith("  File ")]) == (case == "raises")


def test_a_unix_socket_is_shared_with_the_group_and_removed(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    server = start(where=("--unix-socket", "app.sock"))
    assert f"unix:{path} (" in server.wait_for("uncork: serving")
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert over(path) == "one"
    server.send(signal.SIGTERM)
    assert server.wait() == 0
    assert not os.path.lexists(path)


def test_a_trusted_proxy_is_believed_and_nobody_else(start: Start) -> None:
    said = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    server = start("--trusted-proxy", "127.0.0.1", "--access-log", "off", source=APP + CLIENT)
    assert server.get("/client", said).text == "203.0.113.7 https"
    assert server.stop() == 0
    assert "GET" not in server.output
    server = start("--trusted-proxy", "192.0.2.1", source=APP + CLIENT)
    assert server.get("/client", said).text == "127.0.0.1 http"
    assert server.stop() == 0


def test_a_client_that_dawdles_over_its_headers_is_sent_away(start: Start) -> None:
    server = start("--header-timeout", "1")
    with socket.create_connection(("127.0.0.1", server.port), 30) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost:")
        assert b"200" not in client.recv(4096)
    assert server.stop() == 0


def test_options_that_granian_has_nothing_for_are_told(start: Start) -> None:
    server = start(
        "--max-body", "1M", "--connection-limit", "9", "--preload", "--header-timeout=99"
    )
    assert server.stop() == 0
    told = [line.split(": ")[1].split(" ")[0] for line in server.lines[:4]]
    assert told == ["--header-timeout", "--connection-limit", "--max-body", "--preload"]


def test_a_socket_of_systemds_is_declined(start: Start, tmp_path: Path) -> None:
    handover = tmp_path / "activate.py"
    handover.write_text(
        "import os, sys\n"
        "os.dup2(int(sys.argv[1]), 3, inheritable=True)\n"
        "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))\n"
        "os.execv(sys.argv[2], sys.argv[2:])\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        fd = listening.fileno()
        command = [runner()[0], str(handover), str(fd), *runner()]
        server = start(command=command, pass_fds=[fd])
        assert server.wait() == 4
    assert server.lines[0].startswith("error: granian can't take a socket from systemd")


def test_it_is_declined_for_a_script_as_it_is(serve: Serve, write: Write) -> None:
    server = serve("--server", "granian", write(APP), command=runner())
    assert server.wait() == 4
    assert server.lines[0].startswith("error: server.py: --server granian is for module:app.")
    assert len(server.lines) == 2


def test_without_granian_it_says_how_to_get_it(start: Start) -> None:
    server = start(command=runner("flask-1.1"))
    assert server.wait() == 4
    python = interpreter("flask-1.1")
    assert server.lines == [
        f"error: --server granian: {python} can't import granian",
        f"hint: {python} -m pip install granian",
    ]


def test_an_older_granian_is_declined(start: Start, write: Write, tmp_path: Path) -> None:
    write("__version__ = '2.5.9'\n", "granian/__init__.py")
    server = start(env={"PYTHONPATH": str(tmp_path)})
    assert server.wait() == 4
    assert server.lines[0].startswith("error: --server granian needs granian 2.6 or newer, and ")


def test_a_port_in_use_is_told(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = start(where=("--port", str(taken.getsockname()[1])))
        assert server.wait() == 7
    assert "is in use" in server.lines[0]
