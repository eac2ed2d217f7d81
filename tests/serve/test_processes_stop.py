"""``--processes``: every one of them drains, and none is left behind."""

from __future__ import annotations

import http.client
import os
import pty
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.serve.conftest import (
    PATIENCE,
    Gate,
    in_background,
    refuses,
    wait_until,
)
from tests.serve.processes import (
    APP,
    REQUEST,
    manager,
    processes,
    runner,
    start,
)

if TYPE_CHECKING:
    from tests.serve.processes import Start


__all__ = ["manager", "start"]

pytestmark = pytest.mark.process


@pytest.mark.parametrize(
    ("number", "group"),
    [
        (signal.SIGTERM, False),
        (signal.SIGTERM, True),
        (signal.SIGINT, False),
        (signal.SIGINT, True),
    ],
    ids=["SIGTERM", "SIGTERM to all", "SIGINT", "Ctrl-C"],
)
def test_a_stop_finishes_what_runs_and_what_is_queued(
    start: Start, gate: Gate, tmp_path: Path, number: int, group: bool
) -> None:
    other = Gate(tmp_path / "other")
    server = start(start_new_session=True)
    running = in_background(server.get, "/held/other")
    server.wait_for("held other")
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
        client.sendall(REQUEST.replace(b"/ ", b"/held/one ") + REQUEST)
        server.wait_for("held one")
        (os.killpg if group else os.kill)(server.process.pid, number)
        server.wait_for(f"uncork: {signal.Signals(number).name}: stopping")
        wait_until(lambda: refuses(server), "new connections are refused")
        gate.open()
        other.open()
        with client.makefile("rb") as answers:
            first, _, second = answers.read().partition(b"let go one")
    assert running.result().text == "let go other"
    assert first.startswith(b"HTTP/1.1 200 OK")
    assert b"Connection: close" in second
    assert second.endswith(b"one")
    assert server.wait() == 0
    assert server.lines.count("at exit") == 2


def test_a_stop_takes_what_the_system_has_queued(start: Start) -> None:
    server = start()
    assert server.url
    both = processes(server)
    for pid in both:
        os.kill(pid, signal.SIGSTOP)
    # More than two loops take in the turn in which they meet with the signal.
    queued = [socket.create_connection(("127.0.0.1", server.port), PATIENCE) for _ in range(30)]
    for client in queued:
        client.sendall(REQUEST)
    server.send(signal.SIGTERM)
    server.wait_for("SIGTERM: stopping")
    for pid in both:
        os.kill(pid, signal.SIGCONT)
    for client in queued:
        with client, client.makefile("rb") as answer:
            assert answer.read().endswith(b"one")
    assert server.wait() == 0


def test_a_second_signal_cuts(start: Start, gate: Gate) -> None:
    server = start()
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    server.wait_for("SIGTERM: stopping")
    server.send(signal.SIGTERM)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        request.result()
    assert server.wait() == 0
    assert "a second signal cuts off 1 request" in server.output
    assert gate.path.exists()


def test_the_drain_timeout_cuts(start: Start, gate: Gate) -> None:
    server = start("--drain-timeout", "0.3")
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        request.result()
    assert server.wait() == 0
    assert "the limit of 0.3 s cuts off 1 request" in server.output
    assert gate.path.exists()


@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["each", "preload"])
def test_the_apps_own_handler_comes_after_the_drain(
    start: Start, preload: tuple[str, ...], gate: Gate
) -> None:
    own = "    import signal\n    signal.signal(15, lambda *_: print('own handler'))\n"
    server = start(*preload, source=APP + own)
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    server.wait_for("SIGTERM: stopping")
    gate.open()
    assert request.result().text == "let go one"
    assert server.wait() == 0
    assert server.lines.count("own handler") == 2


def test_a_closed_terminal_stops_it_and_any_other_hangup_does_not(start: Start) -> None:
    controller, terminal = pty.openpty()
    in_terminal = ["sh", "-c", 'exec "$@" <"$0"', os.ttyname(terminal), *runner()]
    server = start(command=in_terminal, start_new_session=True)
    os.close(terminal)
    assert server.url
    server.send(signal.SIGHUP)
    server.wait_for("uncork: reloaded")
    os.close(controller)
    server.send(signal.SIGHUP)
    assert server.wait() == 0
    assert "SIGTERM: stopping" in server.output


def test_processes_leave_when_the_first_one_is_killed(start: Start) -> None:
    server = start()
    left = processes(server) if server.url else set()
    server.send(signal.SIGKILL)
    server.process.wait(PATIENCE)
    wait_until(lambda: refuses(server), "nobody listens any more")
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left), "all have left")
