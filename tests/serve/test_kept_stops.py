"""gevent, eventlet, tornado and gunicorn, started by the script: their drain."""

from __future__ import annotations

import http.client
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.serve.conftest import PATIENCE, ask, in_background, refuses, wait_until
from tests.serve.kept_scripts import (
    SERVERS,
    ends,
    script,
    starter,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serve.conftest import Gate, Serve, Server, Write
    from tests.serve.kept_scripts import Start

pytestmark = pytest.mark.process


@pytest.fixture
def start(serve: Serve, write: Write) -> Start:
    """Start a script in the environment that has the libraries."""
    return starter(serve, write)


@pytest.fixture
def let_go(tmp_path: Path) -> Callable[[], None]:
    """Let all views go that wait for the gate."""
    return (tmp_path / "gate").touch


DRAINING = ("gevent", "gevent, not patched", "eventlet", "eventlet, not patched", "tornado")


@pytest.mark.parametrize("kind", [*DRAINING, "gunicorn, threads"])
def test_a_stop_finishes_what_runs(start: Start, kind: str, let_go: Callable[[], None]) -> None:
    server = start(script(kind))
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    said = server.wait_for("uncork: SIGTERM: stopping")
    if "gunicorn" not in kind:
        assert said == "uncork: SIGTERM: stopping, 1 request to finish"
    if "gunicorn" not in kind:  # Its threaded worker goes on listening, by its own design.
        wait_until(lambda: refuses(server), "new connections are refused")
    let_go()
    assert request.result().text == "let go one"
    assert server.wait() == 0
    behind = [] if "gunicorn" in kind else ["behind run"]
    assert ends(server) == [*behind, "finally", "at exit"]


@pytest.mark.parametrize("kind", ["gevent, not patched", "eventlet, not patched"])
def test_what_the_system_has_queued_when_a_stop_comes_is_answered(
    start: Start, kind: str, gate: Gate
) -> None:
    blocking = "@app.route('/blocks')\ndef blocks():\n    print('blocks')\n"
    blocking += "    open('gate').read()\n    return 'let go'\n"
    one_a_turn = "WSGIServer.max_accept = 1\nWSGIServer("  # Else gevent takes them all at once.
    run = SERVERS[kind][2].replace("WSGIServer(", one_a_turn)
    server = start(script(kind, f"{blocking}{run}"))
    request = in_background(server.get, "/blocks")
    server.wait_for("blocks")
    # The loop hangs in that view, so nobody accepts these.
    queued = [in_background(server.get) for _ in range(5)]
    wait_until(lambda: waiting_to_be_accepted(server.port) == len(queued), "they are queued")
    server.send(signal.SIGTERM)
    gate.open()
    assert request.result().text == "let go"
    assert [each.result().status for each in queued] == [200] * len(queued)
    assert server.wait() == 0


def waiting_to_be_accepted(port: int) -> int:
    """The length of a listening socket's queue: Recv-Q of it in /proc/net/tcp, proc_net_tcp."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, queues, *_ = line.split()
        if state == "0A" and int(local.partition(":")[2], 16) == port:
            return int(queues.partition(":")[2], 16)
    return -1


@pytest.mark.parametrize("kind", ["gevent", "eventlet", "gunicorn, threads"])
def test_a_stop_finishes_a_slow_download(
    start: Start, kind: str, let_go: Callable[[], None]
) -> None:
    server = start(script(kind))
    download = in_background(server.get, "/download")
    server.wait_for("downloading")
    server.send(signal.SIGTERM)
    server.wait_for("stopping")
    let_go()
    assert len(download.result().body) == 64 * 65536
    assert server.wait() == 0


@pytest.mark.parametrize("kind", ["gevent", "eventlet", "tornado"])
def test_a_connection_that_is_kept_open_is_told_to_close(
    start: Start, kind: str, let_go: Callable[[], None]
) -> None:
    server = start(script(kind))
    busy, idle, used = server.connect(), server.connect(), server.connect()
    for each in (busy, idle, used):
        assert ask(each, "/").headers.get("Connection", "keep-alive").lower() == "keep-alive"
    busy.request("GET", "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    server.wait_for("stopping, 1 request")
    # It may have been on its way when the stop began.
    assert ask(used, "/").headers["Connection"].lower() == "close"
    # The idle one is closed by the server while the request still runs.
    assert idle.sock is not None
    idle.sock.settimeout(PATIENCE)
    assert idle.sock.recv(1) == b""
    let_go()
    answer = busy.getresponse()
    assert answer.read() == b"let go one"
    assert (answer.headers["Connection"] or "").lower() == "close"
    for each in (busy, idle, used):
        each.close()
    assert server.wait() == 0


@pytest.mark.parametrize("kind", ["gevent", "eventlet, not patched", "gunicorn, threads"])
def test_the_deadline_cuts_what_does_not_end(start: Start, kind: str) -> None:
    server = start(script(kind), "--drain-timeout", "0.3")
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    with pytest.raises((http.client.HTTPException, OSError)):
        request.result()
    assert server.wait() == 0
    if "gunicorn" not in kind:
        assert "uncork: the limit of 0.3 s cuts off 1 request" in server.lines
    assert ends(server)[-2:] == ["finally", "at exit"]


@pytest.mark.parametrize("kind", ["gevent, not patched", "eventlet", "gunicorn"])
def test_a_second_signal_cuts(start: Start, kind: str) -> None:
    server = start(script(kind))
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    server.wait_for("stopping")
    server.send(signal.SIGTERM)
    if "gunicorn" in kind:
        assert request.result().status == 500  # The worker has answered so, and ended.
    else:
        with pytest.raises((http.client.HTTPException, OSError)):
            request.result()
        server.wait_for("uncork: a second signal cuts off 1 request")
    assert server.wait() == 0
    assert ends(server)[-2:] == ["finally", "at exit"]


def test_tornado_cuts_a_connection_whose_view_goes_on_in_a_thread(
    start: Start, let_go: Callable[[], None]
) -> None:
    server = start(script("tornado"), "--drain-timeout", "0.3")
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    with pytest.raises((http.client.HTTPException, OSError)):
        request.result()
    server.wait_for("the limit of 0.3 s cuts off 1 request")
    server.wait_for("finally")
    let_go()  # Python waits for the threads of the script's own executor.
    assert server.wait() == 0


@pytest.mark.parametrize("kind", ["gevent", "eventlet", "tornado"])
def test_waiting_requests_are_held_side_by_side(
    start: Start, kind: str, let_go: Callable[[], None]
) -> None:
    server = start(script(kind))
    assert server.url
    requests = [in_background(server.get, f"/held/{number}") for number in range(50)]
    server.wait_for("held", times=50)
    let_go()
    assert {request.result().status for request in requests} == {200}
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        ("gevent, not patched", "deadline"),
        ("eventlet, not patched", "deadline"),
        ("tornado", "deadline"),
        ("gevent, not patched", "second signal"),
    ],
)
def test_a_view_that_hangs_with_its_loop_does_not_hold_the_process(
    start: Start, kind: str, way: str, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "never")
    hanging = "@app.route('/hangs')\ndef hangs():\n    print('hangs')\n    open('never').read()\n"
    run = SERVERS[kind][2].replace("container)", "WSGIContainer(app))")
    options = ("--drain-timeout", "0.2") if way == "deadline" else ()
    server = start(script(kind, hanging + run), *options)
    in_background(server.get, "/hangs")
    server.wait_for("hangs")
    wait_until(lambda: sleeps(server), "the view waits in a system call")
    threads = Path(f"/proc/{server.process.pid}/task")
    before = len(list(threads.iterdir()))
    server.send(signal.SIGTERM)
    if way == "second signal":
        # One that comes before the first has been seen may go to another thread.
        wait_until(lambda: len(list(threads.iterdir())) > before, "the end is being watched")
        server.send(signal.SIGTERM)
    assert server.wait() == 0
    assert "uncork: the server's loop hangs, so it is ended" in server.lines
    assert ends(server)[-2:] == ["finally", "at exit"]


def sleeps(server: Server) -> bool:
    """Whether a process waits for something: the state in proc_pid_stat(5)."""
    stat = Path(f"/proc/{server.process.pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] == "S"
