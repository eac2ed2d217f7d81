"""What systemd hears: on a real socket, from real processes."""

from __future__ import annotations

import signal
import socket
import textwrap
import time
from typing import TYPE_CHECKING

import pytest
from tests.serve.conftest import GATED, PATIENCE, in_background

from uncork.serve.notify import Watchdog, notify, reloading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serve.conftest import Gate, Serve, Write

TURN = 0.05
"""Seconds between two signs of life in these tests."""
WATCHDOG = {"WATCHDOG_USEC": str(int(3 * TURN * 1e6))}


class Manager:
    """The service manager's end of NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)

    @property
    def env(self) -> dict[str, str]:
        """What a service gets."""
        return {"NOTIFY_SOCKET": self.address}

    def message(self) -> list[str]:
        """The lines of the next message."""
        return self._socket.recv(4096).decode().split("\n")

    def until(self, line: str) -> list[list[str]]:
        """All messages up to the first one that has a line."""
        heard = [self.message()]
        while line not in heard[-1]:
            heard.append(self.message())
        return heard

    def silent_for(self, seconds: float) -> bool:
        """Whether nothing comes."""
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(4096)
        except (TimeoutError, BlockingIOError):
            return True
        finally:
            self._socket.settimeout(PATIENCE)
        return False

    def drop_all(self) -> None:
        """Forget what has come by now."""
        self._socket.setblocking(False)
        try:
            while True:
                self._socket.recv(4096)
        except BlockingIOError:
            self._socket.settimeout(PATIENCE)

    def close(self) -> None:
        """Go away."""
        self._socket.close()


@pytest.fixture
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    """A service manager that listens for notifications; ``abstract`` on a name without a file."""
    path = str(tmp_path / "notify")
    made = Manager(f"@{path}" if getattr(request, "param", "") == "abstract" else path)
    yield made
    made.close()


@pytest.mark.process
@pytest.mark.parametrize("manager", ["path", "abstract"], indirect=True)
def test_the_service_manager_hears_starting_ready_and_stopping(
    serve: Serve, write: Write, manager: Manager, gate: Gate
) -> None:
    server = serve("--port", "0", write(GATED), env=manager.env)
    assert manager.message() == ["STATUS=starting server.py"]
    first, second = manager.message()
    assert first == "READY=1"
    assert second.startswith(f"STATUS=serving server.py at {server.url} (")
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    assert manager.message() == ["STOPPING=1", "STATUS=stopping, 1 request to finish"]
    gate.open()
    assert request.result().status == 200
    assert server.wait() == 0
    assert manager.silent_for(0)


@pytest.mark.process
def test_a_stop_whose_limit_the_operator_named_may_last_that_long(
    serve: Serve, write: Write, manager: Manager
) -> None:
    server = serve("--port", "0", "--drain-timeout", "200", write(GATED), env=manager.env)
    assert server.stop() == 0
    assert "EXTEND_TIMEOUT_USEC=210000000" in manager.until("STOPPING=1")[-1]


@pytest.mark.process
def test_a_start_that_takes_long_is_not_extended_and_not_ready_before_it_serves(
    serve: Serve, write: Write, manager: Manager, gate: Gate
) -> None:
    load = "import pathlib\nprint('loading')\npathlib.Path('gate').read_text()\n"
    script = write(load + textwrap.dedent(GATED))
    server = serve("--port", "0", script, env={**manager.env, **WATCHDOG})
    server.wait_for("loading")
    assert manager.message() == ["STATUS=starting server.py"]
    assert manager.silent_for(3 * TURN)
    gate.open()
    assert manager.message()[0] == "READY=1"


@pytest.mark.process
def test_a_script_that_shuts_its_server_down_itself_is_not_stopping(
    serve: Serve, write: Write, manager: Manager
) -> None:
    server = serve(
        write("""
            import signal, threading
            from flask import Flask
            from werkzeug.serving import make_server
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
            made = make_server("127.0.0.1", 0, Flask(__name__))
            thread = threading.Thread(target=made.serve_forever)
            thread.start()
            signal.sigwait({signal.SIGUSR1})
            made.shutdown()
            thread.join()
        """),
        env=manager.env,
    )
    assert server.url
    server.send(signal.SIGUSR1)
    assert server.wait() == 0
    assert manager.until("READY=1")
    assert manager.silent_for(0)


@pytest.mark.process
def test_a_service_manager_that_is_gone_stops_nothing(
    serve: Serve, write: Write, tmp_path: Path
) -> None:
    gone = {"NOTIFY_SOCKET": str(tmp_path / "gone"), **WATCHDOG}
    server = serve("--port", "0", write(GATED), env=gone)
    assert server.get().text == "hello"


@pytest.mark.process
def test_the_watchdog_hears_of_the_loop_also_while_it_drains(
    serve: Serve, write: Write, manager: Manager, gate: Gate
) -> None:
    server = serve("--port", "0", write(GATED), env={**manager.env, **WATCHDOG})
    manager.until("READY=1")
    began = time.monotonic()
    for _ in range(8):
        assert manager.message() == ["WATCHDOG=1"]
    # Not more often than asked for, nor as rarely as the loop of an idle server turns.
    assert 7 * TURN <= time.monotonic() - began < 5
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    manager.until("STOPPING=1")
    assert manager.message() == ["WATCHDOG=1"]
    assert manager.message() == ["WATCHDOG=1"]
    gate.open()
    assert request.result().status == 200


@pytest.mark.process
def test_the_watchdog_hears_nothing_of_a_loop_that_hangs(
    serve: Serve, write: Write, manager: Manager
) -> None:
    """A handler of the script's own that never returns holds the main thread, and the loop."""
    server = serve(
        write("""
            import signal, time
            from flask import Flask
            def hang(*_):
                print("hanging")
                time.sleep(600)
            signal.signal(signal.SIGUSR1, hang)
            Flask(__name__).run(port=0)
        """),
        env={**manager.env, **WATCHDOG},
    )
    manager.until("WATCHDOG=1")
    server.send(signal.SIGUSR1)
    server.wait_for("hanging")
    manager.drop_all()
    assert manager.silent_for(6 * TURN)


@pytest.mark.process
def test_one_server_that_hangs_is_not_covered_by_another(
    serve: Serve, write: Write, manager: Manager
) -> None:
    server = serve(
        write("""
            import signal, threading, time
            from flask import Flask
            app = Flask(__name__)
            threading.Thread(target=app.run, kwargs={"port": 0}, daemon=True).start()
            def hang(*_):
                print("hanging")
                time.sleep(600)
            signal.signal(signal.SIGUSR1, hang)
            app.run(port=0)
        """),
        env={**manager.env, **WATCHDOG},
    )
    server.wait_for("uncork: serving", times=2)
    manager.until("WATCHDOG=1")
    server.send(signal.SIGUSR1)
    server.wait_for("hanging")
    manager.drop_all()
    assert manager.silent_for(6 * TURN)


@pytest.mark.process
@pytest.mark.parametrize(
    "watchdog",
    [{}, {"WATCHDOG_USEC": "x"}, {"WATCHDOG_USEC": "0"}, {**WATCHDOG, "WATCHDOG_PID": "1"}],
    ids=["none", "no number", "zero", "another process's"],
)
def test_a_watchdog_that_is_not_ours_hears_nothing(
    serve: Serve, write: Write, manager: Manager, watchdog: dict[str, str]
) -> None:
    server = serve("--port", "0", write(GATED), env={**manager.env, **watchdog})
    manager.until("READY=1")
    # Requests turn the loop.
    assert [server.get().status for _ in range(5)] == [200] * 5
    assert server.stop() == 0
    assert manager.message()[0] == "STOPPING=1"


@pytest.mark.process
def test_the_watchdog_is_not_handed_on_to_the_script_and_its_children(
    serve: Serve, write: Write, manager: Manager
) -> None:
    """The script may go on telling systemd things of its own."""
    server = serve(
        write("""
            import os, subprocess
            from flask import Flask
            print(sorted(name for name in os.environ if name.startswith("WATCHDOG")))
            subprocess.run(["sh", "-c", 'echo "child: $WATCHDOG_USEC,$NOTIFY_SOCKET"'])
            Flask(__name__).run(port=0)
        """),
        env={**manager.env, **WATCHDOG},
    )
    assert server.stop() == 0
    assert "[]" in server.lines
    assert f"child: ,{manager.address}" in server.lines


def test_a_reload_says_when_it_began(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert reloading()
    first, second = manager.message()
    assert first == "RELOADING=1"
    name, _, value = second.partition("=")
    assert name == "MONOTONIC_USEC"
    assert before <= int(value) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def test_a_manager_that_does_not_read_holds_no_loop_up(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    full = 0
    while notify("STATUS=full", patience=0):
        full += 1
        assert full < 100_000
    alive = Watchdog(interval=0.0).attach()
    began = time.monotonic()
    alive()
    assert time.monotonic() - began < 1
    # What it has to hear waits until it reads.
    reload = in_background(reloading)
    manager.until("RELOADING=1")
    assert reload.result()


def test_a_loop_that_has_ended_is_not_waited_for(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    watchdog = Watchdog(interval=0.0)
    first, second = watchdog.attach(), watchdog.attach()
    first()
    assert manager.silent_for(0)
    second()
    assert manager.message() == ["WATCHDOG=1"]
    watchdog.detach(second)
    second()
    assert manager.silent_for(0)
    first()
    assert manager.message() == ["WATCHDOG=1"]
