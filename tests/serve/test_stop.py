"""SIGTERM and SIGINT: what runs and what is queued is finished, and clean-up happens once."""

from __future__ import annotations

import http.client
import signal
from typing import TYPE_CHECKING

import pytest
from tests.serve.conftest import GATED, ask, in_background, refuses, wait_until

if TYPE_CHECKING:
    from tests.serve.conftest import Gate, Serve, Write

pytestmark = pytest.mark.process

STOP_SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


@STOP_SIGNALS
def test_a_stop_runs_code_behind_run_and_finally_and_atexit_once(
    serve: Serve, write: Write, number: int
) -> None:
    server = serve(write(GATED))
    assert server.get().text == "hello"
    assert server.stop(number) == 0
    for line in ("behind run", "finally", "at exit"):
        assert server.lines.count(line) == 1
    assert server.lines.index("behind run") < server.lines.index("finally")
    assert server.lines.index("finally") < server.lines.index("at exit")


@STOP_SIGNALS
def test_a_stop_lets_a_running_request_finish(
    serve: Serve, write: Write, gate: Gate, number: int
) -> None:
    server = serve(write(GATED))
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(number)
    wait_until(lambda: refuses(server), "new connections are refused")
    assert "behind run" not in server.lines
    gate.open()
    assert request.result().text == "let go one"
    assert request.result().headers["Connection"] == "close"
    assert server.wait() == 0
    assert server.lines.count("behind run") == 1


def test_a_stop_lets_queued_requests_finish(serve: Serve, write: Write, gate: Gate) -> None:
    server = serve("--threads", "1", write(GATED))
    first = in_background(server.get, "/held/one")
    server.wait_for("held one")
    queued = [in_background(server.get, f"/held/{name}") for name in ("two", "three")]
    index = in_background(server.get, "/")
    # The kernel has accepted them for the server; the stop takes them from its queue.
    wait_until(lambda: connections_to(server.port) >= 4, "all clients are connected")
    server.send(signal.SIGTERM)
    server.wait_for("SIGTERM: stopping")
    gate.open()
    server.wait_for("held ", times=2)
    gate.open()
    server.wait_for("held ", times=3)
    gate.open()
    assert first.result().text == "let go one"
    assert {each.result().text for each in queued} == {"let go two", "let go three"}
    assert index.result().text == "hello"
    assert server.wait() == 0


def connections_to(port: int) -> int:
    """How many clients have connections to a port here: /proc/net/tcp, from their side."""
    wanted, count = f":{port:04X}", 0
    with open("/proc/net/tcp") as table:  # noqa: PTH123 - not a file to keep
        for line in table:
            fields = line.split()
            # Established, and the far end is the server.
            count += fields[2].endswith(wanted) and fields[3] == "01"
    return count


def test_a_stop_lets_a_slow_download_finish(serve: Serve, write: Write, gate: Gate) -> None:
    server = serve(write(GATED))
    connection = server.connect()
    connection.request("GET", "/download")
    response = connection.getresponse()
    first = response.read(65536)
    server.wait_for("downloading")
    server.send(signal.SIGTERM)
    wait_until(lambda: refuses(server), "new connections are refused")
    gate.open()
    rest = response.read()
    assert len(first) + len(rest) == 64 * 65536
    connection.close()
    assert server.wait() == 0


def test_a_keep_alive_client_is_told_to_close(serve: Serve, write: Write, gate: Gate) -> None:
    server = serve(write(GATED))
    idle = server.connect()
    assert "Connection" not in ask(idle, "/").headers
    running = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    server.wait_for("SIGTERM: stopping")
    answer = ask(idle, "/")
    assert answer.text == "hello"
    assert answer.headers["Connection"] == "close"
    idle.close()
    gate.open()
    assert running.result().status == 200
    assert server.wait() == 0


def test_an_idle_keep_alive_client_does_not_hold_up_the_stop(serve: Serve, write: Write) -> None:
    server = serve(write(GATED), "--drain-timeout", "600")
    idle = server.connect()
    assert ask(idle, "/").status == 200
    assert server.stop() == 0
    idle.close()


def test_a_second_signal_cuts_what_still_runs(serve: Serve, write: Write, gate: Gate) -> None:
    server = serve(write(GATED), "--drain-timeout", "600")
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    server.wait_for("SIGTERM: stopping, 1 request to finish")
    server.send(signal.SIGTERM)
    assert server.wait() == 0
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        request.result()
    assert "uncork: a second signal cuts off 1 request" in server.lines
    assert server.lines.count("behind run") == 1
    assert gate.path.exists()


def test_the_deadline_cuts_what_still_runs(serve: Serve, write: Write, gate: Gate) -> None:
    server = serve(write(GATED), "--drain-timeout", "0.2")
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    assert server.stop() == 0
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        request.result()
    assert "uncork: the limit of 0.2 s cuts off 1 request" in server.lines
    assert server.lines.count("behind run") == 1
    assert gate.path.exists()


def test_a_stream_whose_client_has_gone_cleans_up_before_the_script_does(
    serve: Serve, write: Write, gate: Gate
) -> None:
    stream = """
    @app.route("/stream")
    def stream():
        def chunks():
            try:
                while True:
                    yield b"x" * 65536
            finally:
                print("closing")
                pathlib.Path("gate").read_text()
                print("closed")
        return Response(chunks())
"""
    server = serve(write(GATED.replace("\n    atexit.register", f"{stream}\n    atexit.register")))
    connection = server.connect()
    connection.request("GET", "/stream")
    response = connection.getresponse()
    assert response.read(1) == b"x"
    response.close()
    connection.close()
    server.wait_for("closing")
    server.send(signal.SIGTERM)
    server.wait_for("SIGTERM: stopping")
    gate.open()
    assert server.wait() == 0
    assert server.lines.index("closed") < server.lines.index("behind run")


def test_a_view_whose_client_has_gone_is_finished_too(
    serve: Serve, write: Write, gate: Gate
) -> None:
    server = serve(write(GATED.replace('return "let go " + name', 'print("done"); return ""')))
    connection = server.connect()
    connection.request("GET", "/held/one")
    server.wait_for("held one")
    connection.close()
    server.send(signal.SIGTERM)
    server.wait_for("SIGTERM: stopping")
    gate.open()
    assert server.wait() == 0
    assert server.lines.index("done") < server.lines.index("behind run")


HANDLERS_GO_HERE = """
    if __name__ == "__main__":
"""
OWN_HANDLER = """
    import signal, sys

    def handler(number, frame):
        print("own handler", number, frame is not None)
        sys.exit(7)

    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert signal.signal(signal.SIGTERM, handler) == signal.SIG_DFL
    assert signal.signal(signal.SIGINT, handler) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is handler
"""


@STOP_SIGNALS
def test_the_scripts_own_handler_runs_after_the_drain(
    serve: Serve, write: Write, gate: Gate, number: int
) -> None:
    server = serve(write(GATED.replace(HANDLERS_GO_HERE, OWN_HANDLER + HANDLERS_GO_HERE)))
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(number)
    server.wait_for("stopping, 1 request")
    gate.open()
    assert request.result().text == "let go one"
    assert server.wait() == 7
    assert server.lines.count(f"own handler {int(number)} True") == 1
    assert "behind run" not in server.lines  # sys.exit in the handler, as under python.
    assert server.lines.count("finally") == server.lines.count("at exit") == 1


def test_a_signal_that_the_script_ignores_stays_ignored(serve: Serve, write: Write) -> None:
    ignore = "\n    import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    server = serve(write(GATED.replace(HANDLERS_GO_HERE, ignore + HANDLERS_GO_HERE)))
    assert server.get().status == 200
    server.send(signal.SIGINT)
    assert server.get().text == "hello"
    assert server.stop() == 0
