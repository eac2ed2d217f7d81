"""gevent, eventlet, tornado and gunicorn, started by the script: where they listen, who is told."""

from __future__ import annotations

import http.client
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.environments import interpreter
from tests.ports import free_port
from tests.serve.conftest import PATIENCE, ask, in_background
from tests.serve.kept_scripts import (
    GUNICORN,
    ONE_EACH,
    PYWSGI,
    SERVERS,
    TORNADO,
    WSGI,
    ends,
    script,
    starter,
)
from tests.serve.test_interpreter import runner
from tests.serve.test_notify import Manager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import RequireTier
    from tests.serve.conftest import Serve, Server, Write
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


# --- where it listens ---------------------------------------------------------


@pytest.mark.parametrize("kind", SERVERS)
def test_the_port_is_the_options_and_a_stop_runs_what_is_behind(start: Start, kind: str) -> None:
    port = free_port()
    server = start(script(kind, here=f"('127.0.0.1', {port})"), "--port", "0")
    assert server.get().text == "http False"
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert server.stop() == 0
    behind = [] if "gunicorn" in kind else ["behind run"]
    assert ends(server) == [*behind, "finally", "at exit"]
    assert "Traceback" not in server.output
    assert "MonkeyPatchWarning" not in server.output


@pytest.mark.parametrize("kind", [kind for kind in SERVERS if "own socket" in kind])
def test_without_options_it_listens_where_the_script_says(start: Start, kind: str) -> None:
    server = start(script(kind))
    assert server.url.startswith("http://127.0.0.1:")
    assert server.get().text == "http False"


@pytest.mark.parametrize("kind", ONE_EACH)
def test_a_unix_socket_is_served(start: Start, kind: str, tmp_path: Path) -> None:
    server = start(script(kind), "--unix-socket", "app.sock")
    assert server.url == f"unix:{tmp_path / 'app.sock'}"
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        client.connect(str(tmp_path / "app.sock"))
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert client.makefile("rb").read().endswith(b"http False")
    assert server.stop() == 0
    assert not (tmp_path / "app.sock").exists()


@pytest.mark.parametrize("kind", ONE_EACH)
def test_a_port_in_use_is_an_error_with_its_place(start: Start, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = start(script(kind), "--port", str(port))
        assert server.wait() == 7
    assert f"error: 127.0.0.1:{port} is in use by another program" in server.lines
    assert ends(server) == ["finally", "at exit"]


HAND_OVER = """
    import os, sys
    number, command = int(sys.argv[1]), sys.argv[2:]
    os.dup2(number, 3, inheritable=True)
    os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
    os.execv(command[0], command)
"""


@pytest.fixture
def activated(serve: Serve, write: Write) -> Iterator[tuple[socket.socket, Start]]:
    """A listening socket, and what starts a script that is handed it as systemd does."""
    hand_over = write(HAND_OVER, "hand_over.py")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number = listening.fileno()
        command = [sys.executable, hand_over, str(number), *runner(interpreter("flask-3"))]

        def start_(source: str, *options: str) -> Server:
            return serve(*options, write(source), command=command, pass_fds=[number])

        yield listening, start_


@pytest.mark.parametrize("kind", ONE_EACH)
def test_systemds_socket_is_served_and_outlives_the_server(
    activated: tuple[socket.socket, Start], kind: str
) -> None:
    listening, start = activated
    port = listening.getsockname()[1]
    # That the script says the same port must not make it fail.
    source = script(kind, here=f"('127.0.0.1', {port})")
    server = start(source)
    assert server.port == port
    assert server.get().text == "http False"
    assert server.stop() == 0
    waiting = in_background(server.get)
    server = start(source)
    assert waiting.result().text == "http False"
    assert server.stop() == 0


# --- the service manager --------------------------------------------------------


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A service manager that listens for notifications."""
    made = Manager(str(tmp_path / "notify"))
    yield made
    made.close()


@pytest.mark.parametrize("kind", ONE_EACH)
def test_the_service_manager_hears_ready_once_and_stopping(
    start: Start, kind: str, manager: Manager, let_go: Callable[[], None]
) -> None:
    server = start(script(kind), env={"NOTIFY_SOCKET": manager.address})
    assert manager.until("READY=1")
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    assert not any("READY=1" in said for said in manager.until("STOPPING=1"))
    let_go()
    assert request.result().status == 200
    assert server.wait() == 0


@pytest.mark.parametrize("kind", ONE_EACH)
def test_the_watchdog_gets_signs_of_life(start: Start, kind: str, manager: Manager) -> None:
    server = start(
        script(kind),
        env={"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "300000"},
    )
    assert manager.until("READY=1")
    for _ in range(2):
        assert manager.until("WATCHDOG=1")
    assert server.stop() == 0


# --- https ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def certificate(
    tmp_path_factory: pytest.TempPathFactory, require_tier: RequireTier
) -> tuple[str, str]:
    """A key and a certificate that it signs itself."""
    if shutil.which("openssl") is None:
        require_tier("process", "apt-get install openssl")
    folder = tmp_path_factory.mktemp("tls")
    key, made = str(folder / "key.pem"), str(folder / "certificate.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-keyout", key, "-out", made],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, made


TLS = {
    "gevent": f"{PYWSGI}WSGIServer(HERE, app, keyfile=KEY, certfile=MADE).serve_forever()",
    "eventlet": (
        f"{WSGI}wsgi.server(eventlet.wrap_ssl(listen(HERE), keyfile=KEY, certfile=MADE, "
        "server_side=True), app)"
    ),
    "tornado": (
        f"{TORNADO}HTTPServer(container, ssl_options={{'keyfile': KEY, 'certfile': MADE}})"
        ".listen(HERE[1], HERE[0])\nIOLoop.current().start()"
    ),
    "gunicorn": (
        f"{GUNICORN}Standalone({{'bind': '%s:%d' % HERE, 'keyfile': KEY, 'certfile': MADE}}).run()"
    ),
}


@pytest.mark.parametrize("kind", TLS)
def test_https_that_the_script_asks_for_is_spoken(
    start: Start, kind: str, certificate: tuple[str, str], let_go: Callable[[], None]
) -> None:
    key, made = certificate
    run = TLS[kind].replace("KEY", repr(key)).replace("MADE", repr(made))
    server = start(script(kind, run), "--port", "0")
    assert server.url.startswith("https://127.0.0.1:")
    context = ssl.create_default_context(cafile=made)

    def get(path: str) -> str:
        client = http.client.HTTPSConnection(
            "localhost", server.port, timeout=PATIENCE, context=context
        )
        try:
            return ask(client, path).text
        finally:
            client.close()

    assert get("/") == "https False"
    request = in_background(get, "/held/one")
    server.wait_for("held one")
    server.send(signal.SIGTERM)
    server.wait_for("stopping")
    let_go()
    assert request.result() == "let go one"
    assert server.wait() == 0


def test_a_socket_that_speaks_https_is_not_replaced_by_one_that_does_not(
    start: Start, certificate: tuple[str, str]
) -> None:
    key, made = certificate
    run = (
        f"{WSGI}wsgi.server(eventlet.wrap_ssl(socket.create_server(HERE), keyfile={key!r}, "
        f"certfile={made!r}, server_side=True), app)"
    )
    server = start(script("eventlet", run), "--port", "0")
    assert server.wait() == 4
    assert "this socket speaks https, and another is to take its place" in server.output


# --- what is for development, and what can't be -----------------------------------------


@pytest.mark.parametrize("kind", ["gevent", "eventlet", "tornado, fallback"])
def test_debug_is_off(start: Start, kind: str) -> None:
    server = start(script(kind, f"app.debug = True\n{SERVERS[kind][2]}"))
    assert server.get().text == "http False"


def test_eventlet_shows_clients_no_traceback(start: Start) -> None:
    fails = "def fails(environ, start_response):\n    raise RuntimeError('a secret')\n"
    server = start(script("eventlet", f"{fails}{WSGI}wsgi.server(listen(HERE), fails)"))
    answer = server.get()
    assert (answer.status, answer.text) == (500, "")


def test_tornados_debug_mode_is_off(start: Start) -> None:
    run = SERVERS["tornado, fallback"][2].replace("})])", "})], debug=True)")
    server = start(script("tornado", run))
    assert server.wait_for("debug: off in production").startswith("uncork: server.py:")
    assert server.get().text == "http False"


def test_tornado_runs_in_one_process(start: Start) -> None:
    server = start(
        script("tornado", SERVERS["tornado, bind and start"][2].replace("rt()", "rt(3)", 1))
    )
    assert server.wait_for("start(3): a script as it is runs in one process")
    assert server.get().text == "http False"
    assert server.stop() == 0


def test_tornados_fork_processes_is_declined(start: Start) -> None:
    run = f"{TORNADO}from tornado.process import fork_processes\nfork_processes(2)"
    server = start(script("tornado", run))
    assert server.wait() == 4
    assert "fork_processes(2) forks the script, which runs in one process" in server.output
