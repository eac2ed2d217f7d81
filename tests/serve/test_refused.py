"""Where the system does not let it listen: status 7, what is the case, and what to do."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from typing import TYPE_CHECKING

import pytest
from tests.ports import free_port
from tests.serve.conftest import GATED
from tests.serve.listening import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import RequireTier
    from tests.serve.conftest import Serve, Write

pytestmark = pytest.mark.process


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that is in use."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield int(holder.getsockname()[1])


def test_addresses_that_overlap_are_named(serve: Serve, write: Write) -> None:
    write(PLAIN, "app.py")
    port = free_port()
    server = serve("--listen", f":{port}", "--listen", f"127.0.0.1:{port}", "app:app")
    assert server.wait() == 7
    assert server.lines[0] == f"error: 127.0.0.1:{port} overlaps with http://0.0.0.0:{port}"


def test_the_address_that_is_refused_is_named_and_the_others_are_given_back(
    serve: Serve, write: Write, tmp_path: Path, taken: int
) -> None:
    write(PLAIN, "app.py")
    server = serve("--listen", f"unix:a.sock 127.0.0.1:{taken}", "app:app")
    assert server.wait() == 7
    assert server.lines[0] == f"error: 127.0.0.1:{taken} is in use by another program"
    assert not (tmp_path / "a.sock").exists()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("x" * 120, ("the path of a socket has at most 107 bytes", "take a shorter one")),
        ("missing/a.sock", ("there is no folder {folder}/missing", "mkdir -p {folder}/missing")),
        ("locked/a.sock", ("no right to make files in {folder}/locked", "a folder of your own")),
        ("file", ("{folder}/file is there already, and is no socket", "name another path")),
    ],
)
def test_a_path_that_can_be_no_socket_is_explained(
    serve: Serve, write: Write, tmp_path: Path, unprivileged: list[str], path: str,
    told: tuple[str, str],
) -> None:  # fmt: skip
    write(PLAIN, "app.py")
    (tmp_path / "file").write_text("")
    (tmp_path / "locked").mkdir(mode=0o500)
    server = serve(
        "--unix-socket", path, "app:app",
        command=[*unprivileged, sys.executable, "-m", "uncork.serve"],
    )  # fmt: skip
    assert server.wait() == 7
    fact, hint = (each.format(folder=tmp_path) for each in told)
    assert fact in server.lines[0]
    assert hint in server.lines[1]
    assert len(server.lines) == 2
    assert (tmp_path / "file").exists()


def test_a_port_that_is_none_is_refused(serve: Serve, write: Write) -> None:
    server = serve(write("from flask import Flask\nFlask(__name__).run(port=99999)\n"))
    assert server.wait() == 7
    assert server.lines[0].startswith("error: can't listen on 127.0.0.1:99999: a port is")


def test_a_ports_owner_is_asked_for_when_it_is_in_use(
    serve: Serve, write: Write, taken: int
) -> None:
    server = serve("--port", str(taken), write(GATED))
    assert server.wait() == 7
    assert f"error: 127.0.0.1:{taken} is in use by another program" in server.lines
    assert f"hint: ss -ltnp 'sport = :{taken}' shows by which; --port takes another" in server.lines
    assert "Traceback" not in server.output
    assert "finally" in server.lines


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


@pytest.fixture
def unprivileged(require_tier: RequireTier) -> list[str]:
    """What stands before a command to take root's rights away; root may all that is refused here.

    Another user could not always run this interpreter, which may stand in root's home.
    """
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        require_tier("process", "apt-get install util-linux, for setpriv")
    rights = "-net_bind_service,-dac_override,-dac_read_search"
    return [setpriv, f"--bounding-set={rights}", f"--inh-caps={rights}"]


@pytest.mark.parametrize("option", ["--port", "--listen"])
def test_a_reserved_port_is_explained(
    serve: Serve, write: Write, unprivileged: list[str], option: str
) -> None:
    value = "1" if option == "--port" else "127.0.0.1:0,127.0.0.1:1"
    command = [*unprivileged, sys.executable, "-m", "uncork.serve", option, value]
    server = serve("app:app", command=command)
    assert server.wait() == 3
    write(PLAIN, "app.py")
    server = serve("app:app", command=command)
    assert server.wait() == 7
    assert server.lines[0].startswith("error: no right to listen on 127.0.0.1:1: ports below ")
    assert server.lines[1].startswith("hint: ")


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1", "a..b", "2001:db8::1"])
def test_a_host_that_is_not_here_is_explained(serve: Serve, write: Write, host: str) -> None:
    write(PLAIN, "app.py")
    server = serve("--host", host, "--port", "0", "app:app")
    assert server.wait() == 7
    written = f"[{host}]" if ":" in host else host
    assert server.lines[0].startswith(f"error: can't listen on {written}:0: ")
    assert server.lines[1].startswith("hint: ")
