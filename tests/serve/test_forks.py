"""Apps that run in processes which the script forks."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
from typing import TYPE_CHECKING, Any

import pytest
from tests.ports import free_port
from tests.serve.conftest import PATIENCE, in_background
from tests.serve.test_run_calls import APP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serve.conftest import Gate, Serve, Server, Write

pytestmark = pytest.mark.process

FORKS = """
import multiprocessing, time
multiprocessing.set_start_method("fork")

@app.route("/held")
def held():
    print("held")
    open("gate").read()
    return "let go"

def child(port):
    try:
        app.run(port=port)
        print("behind", flush=True)
    finally:
        print("finally", flush=True)
"""


@pytest.fixture
def serve_all(serve: Serve) -> Iterator[Serve]:
    """Start servers in process groups of their own; what is left of a group is killed."""
    groups: list[int] = []

    def start(*arguments: str, **options: Any) -> Server:
        server = serve(*arguments, start_new_session=True, **options)
        groups.append(server.process.pid)
        return server

    yield start
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


@pytest.mark.parametrize("daemon", [True, False])
@pytest.mark.parametrize("whom", ["the first alone", "all of them"])
def test_an_app_in_a_forked_child_is_drained_with_its_parent(
    serve_all: Serve, write: Write, gate: Gate, whom: str, daemon: bool
) -> None:
    port = free_port()
    server = serve_all(
        "--port",
        str(port),
        write(
            f"{APP}{FORKS}"
            f"process = multiprocessing.Process(target=child, args=(1,), daemon={daemon})\n"
            "process.start()\nprocess.join()\nprint('joined', process.exitcode)\n"
        ),
    )
    assert server.port == port
    assert server.get().text == "hello waitress"
    held = in_background(server.get, "/held")
    server.wait_for("held")
    if whom == "the first alone":
        server.send(signal.SIGTERM)
    else:
        os.killpg(server.process.pid, signal.SIGTERM)
    server.wait_for("to finish")
    gate.open()
    assert held.result().text == "let go"
    assert server.wait() == 0
    assert (server.lines.count("behind"), server.lines.count("finally")) == (1, 1)
    assert "stopped before it ran an app" not in server.output


def test_of_two_apps_in_forked_children_one_gets_the_options(
    serve_all: Serve, write: Write
) -> None:
    port, own, other = free_port(), free_port(), free_port()
    server = serve_all(
        "--port",
        str(port),
        write(
            f"{APP}{FORKS}"
            f"for number in ({own}, {other}):\n"
            "    multiprocessing.Process(target=child, args=(number,)).start()\n"
        ),
    )
    server.wait_for("uncork: serving", times=2)
    served = {line.split("127.0.0.1:")[1].split()[0] for line in server.lines if "serving" in line}
    assert str(port) in served
    assert len(served & {str(own), str(other)}) == 1
    server.send(signal.SIGTERM)
    assert server.wait() == 0
    assert server.lines.count("behind") == 2


def test_the_service_manager_hears_of_a_child_that_serves_from_its_parent(
    serve_all: Serve, write: Write, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE)
        manager.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        server = serve_all(
            write(
                f"{APP}{FORKS}process = multiprocessing.Process(target=child, args=(0,))\n"
                "process.start()\nprocess.join()\n"
            ),
            env={"NOTIFY_SOCKET": str(tmp_path / "notify")},
        )
        heard = False
        while not heard:
            message, ancillary, *_ = manager.recvmsg(4096, socket.CMSG_SPACE(12))
            sender = struct.unpack("3i", ancillary[0][2])[0]
            heard = b"READY=1" in message and sender == server.process.pid
    assert server.get().text == "hello waitress"
    assert server.stop() == 0
