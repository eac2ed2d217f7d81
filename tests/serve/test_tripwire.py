"""A script that serves past every seam is ended; one that only listens is left alone."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing.connection import Client, Listener
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from tests.environments import interpreter
from tests.serve.conftest import wait_until

from uncork.errors import Place
from uncork.serve import tripwire
from uncork.serve.argv import serve_argv
from uncork.serve.options import ServeOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.serve.conftest import Serve, Write

SERVES_BY_ITSELF = """
import atexit
from http.server import BaseHTTPRequestHandler, HTTPServer
from flask import Flask

app = Flask(__name__)
atexit.register(print, "at exit")
try:
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    print("port", server.server_port)
    {call}
finally:
    print("finally")
"""
AT = "error: server.py:11: the script listens by itself at 127.0.0.1:{}, through {}, "
FORGIVING = """
    while True:
        try:
            server.serve_forever()
        except BaseException:
            pass
"""


@pytest.mark.process
def test_a_script_that_serves_by_itself_ends_with_place_and_clean_up(
    serve: Serve, write: Write
) -> None:
    server = serve(write(SERVES_BY_ITSELF.format(call="server.serve_forever()")))
    port = server.wait_for("port ").split()[1]
    assert server.wait() == 4
    assert [line for line in server.lines if line.startswith("error: ")] == [
        AT.format(port, "socketserver") + "which uncork does not serve"
    ]
    hint = server.lines[server.lines.index(server.wait_for("error: ")) + 1]
    assert hint == "hint: run the app with app.run(), or with waitress.serve(app)"
    ends = [line for line in server.lines if line in {"finally", "at exit"}]
    assert ends == ["finally", "at exit"]
    assert "Traceback" not in server.output


@pytest.mark.process
def test_a_loop_that_catches_everything_is_ended_too(serve: Serve, write: Write) -> None:
    server = serve(write(SERVES_BY_ITSELF.format(call=FORGIVING.strip())))
    assert server.wait() == 4
    assert server.lines[-1] == "uncork: the script did not end by itself"


@pytest.mark.process
def test_a_servers_library_that_no_seam_knows_is_noticed(
    serve: Serve, write: Write, tmp_path: Path
) -> None:
    write(
        """
        import socket

        def run(host, port):
            listener = socket.create_server((host, port))
            print("port", listener.getsockname()[1])
            while True:
                connection, _ = listener.accept()
                connection.sendall(b"HTTP/1.0 204 No Content\\r\\n\\r\\n")
                connection.close()
        """,
        "site-packages/lone/__init__.py",
    )
    server = serve(
        write("import lone\n\nlone.run('127.0.0.1', 0)\n"),
        env={"PYTHONPATH": str(tmp_path / "site-packages")},
    )
    port = server.wait_for("port ").split()[1]
    assert server.wait() == 4
    assert server.lines[-2] == (
        f"error: server.py:3: the script listens by itself at 127.0.0.1:{port}, through lone, "
        "which uncork does not serve"
    )


EXPORTER = """
import time
from flask import Flask
from prometheus_client import start_http_server

app = Flask(__name__)
app.route("/")(lambda: "hello")

server, thread = start_http_server(0, addr="127.0.0.1")
print("metrics", server.server_port)
time.sleep({seconds})  # A model that loads for longer than the tripwire waits.
app.run(port=0)
"""


@pytest.mark.process
def test_a_metrics_exporter_before_a_long_start_is_left_alone(serve: Serve, write: Write) -> None:
    script = write(EXPORTER.format(seconds=tripwire._SOON + 1))
    command = serve_argv(interpreter("servers"), "", ServeOptions(), [], installed=False)[:-1]
    server = serve(script, command=command)
    assert server.get().text == "hello"
    port = server.wait_for("metrics ").split()[1]
    with urlopen(f"http://127.0.0.1:{port}/metrics") as response:
        assert response.status == 200
    assert server.stop() == 0


@pytest.mark.process
def test_a_helper_in_the_main_thread_may_serve_while_another_thread_starts_the_app(
    serve: Serve, write: Write
) -> None:
    server = serve(
        write(f"""
            import threading, time
            from http.server import BaseHTTPRequestHandler, HTTPServer
            from flask import Flask

            app = Flask(__name__)
            app.route("/")(lambda: "hello")

            def start():
                time.sleep({tripwire._SOON + 1})  # A model that loads for long.
                app.run(port=0)

            threading.Thread(target=start).start()
            HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler).serve_forever()
        """)
    )
    assert server.get().text == "hello"
    assert server.stop() == 0


@pytest.mark.process
def test_a_script_that_replaces_itself_is_told_of(serve: Serve, write: Write) -> None:
    server = serve(
        write("""
            import os, sys
            os.execv(sys.executable, [sys.executable, "-c", "print('another')"])
        """)
    )
    assert server.wait() == 0
    told = f"uncork: server.py:3: the script replaces itself with {sys.executable}; "
    assert server.lines == [told + "uncork does not serve that", "another"]


def serving(done: threading.Event) -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        afterwards(done, server.shutdown)
        server.serve_forever()


def waiting_for_a_callback(done: threading.Event) -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.timeout = 0.1
        while not done.is_set():
            server.handle_request()


def waiting_for_a_device(done: threading.Event) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        afterwards(done, lambda: socket.create_connection(listener.getsockname()).close())
        listener.accept()[0].close()


def waiting_for_a_worker(done: threading.Event) -> None:
    with Listener(("127.0.0.1", 0)) as listener:
        afterwards(done, lambda: Client(listener.address).close())
        listener.accept().close()


def asking_a_server(done: threading.Event) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asked = socket.create_connection(listener.getsockname())
        answering = listener.accept()[0]
        afterwards(done, answering.close)
        asked.recv(1)
        asked.close()


def afterwards(done: threading.Event, end: Callable[[], object]) -> None:
    """End what waits, once the test has seen it wait."""

    def ending() -> None:
        done.wait()
        end()

    threading.Thread(target=ending).start()


@pytest.mark.parametrize(
    ("work", "innermost", "expected"),
    [
        (serving, "selectors", tripwire._SOON),
        (waiting_for_a_callback, "selectors", None),
        (waiting_for_a_device, "socket", None),
        (waiting_for_a_worker, "socket", None),
        (asking_a_server, "test_tripwire", None),
    ],
)
def test_what_a_stack_says_of_a_server(
    work: Callable[[threading.Event], None], innermost: str, expected: float | None
) -> None:
    done = threading.Event()
    thread = threading.Thread(target=work, args=(done,))
    thread.start()
    seen: set[float | None] = set()

    def is_waiting() -> bool:
        frame = sys._current_frames()[thread.ident or 0]
        if not str(frame.f_globals["__name__"]).endswith(innermost):
            return False
        _, library = tripwire._users_call(frame)
        seen.add(tripwire._patience(frame, library))
        return True

    wait_until(is_waiting, f"{work.__name__} waits")
    done.set()
    thread.join()
    assert seen == {expected}


def test_a_socket_that_was_closed_is_another_file_by_now() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        bound = tripwire._Bound(listener.fileno(), inode(listener), "lone", Place("a"))
        assert bound.address() == "{}:{}".format(*listener.getsockname())
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert other.fileno() == bound.fd
        assert bound.address() == ""


def inode(file: socket.socket) -> int:
    """What tells a socket from the next one with its number."""
    return os.fstat(file.fileno()).st_ino


@pytest.mark.process
def test_a_start_that_hangs_says_where_when_it_is_stopped(serve: Serve, write: Write) -> None:
    server = serve(
        write("""
            import time

            def load():
                print("loading")
                time.sleep(600)

            load()
        """)
    )
    server.wait_for("loading")
    server.send(signal.SIGINT)
    assert server.wait() == 130
    assert server.lines[-1].startswith(
        "uncork: SIGINT: stopped before it ran an app; it was at server.py:"
    )
