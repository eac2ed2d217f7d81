"""Whatever stands around a run call keeps its meaning: try, with, threads, a waiting thread."""

from __future__ import annotations

import signal
import subprocess
import urllib.request
from typing import TYPE_CHECKING

import pytest
from tests.ports import free_port
from tests.serve.conftest import PATIENCE, in_background
from tests.serve.test_run_calls import APP

if TYPE_CHECKING:
    from tests.serve.conftest import Gate, Serve, Write

pytestmark = pytest.mark.process

HELD = """
@app.route("/held")
def held():
    print("held")
    open("gate").read()
    return "let go"
"""

FORMS = {
    "unguarded": "app.run(port=0)\nprint('behind')",
    "under a condition": (
        "if len(sys.argv) < 2 or sys.argv[1] != 'check':\n    app.run(port=0)\nprint('behind')"
    ),
    "kwargs": "said = dict(host='127.0.0.1')\nsaid['port'] = 0\napp.run(**said)\nprint('behind')",
    "finally": "try:\n    app.run(port=0)\nfinally:\n    print('behind')",
    "interrupt": (
        "try:\n    app.run(port=0)\nexcept KeyboardInterrupt:\n    print('never')\nprint('behind')"
    ),
    "class": (
        "class Service:\n"
        "    def __init__(self, app):\n        self.app = app\n"
        "    def start(self):\n        self.app.run(port=0)\n        print('behind')\n"
        "Service(app).start()"
    ),
    "with": (
        "import contextlib\n"
        "with contextlib.ExitStack() as stack:\n"
        "    stack.callback(print, 'behind')\n    app.run(port=0)"
    ),
    "context": "with app.app_context():\n    app.run(port=0)\nprint('behind')",
    "thread, joined": (
        "t = threading.Thread(target=app.run, kwargs={'port': 0})\n"
        "t.start()\nt.join()\nprint('behind')"
    ),
    "thread, left": "threading.Thread(target=lambda: (app.run(port=0), print('behind'))).start()",
    "daemon, joined": (
        "t = threading.Thread(target=app.run, kwargs={'port': 0}, daemon=True)\n"
        "t.start()\nt.join()\nprint('behind')"
    ),
    "daemon, an event": (
        "stop = threading.Event()\n"
        "def serve():\n    app.run(port=0)\n    stop.set()\n"
        "threading.Thread(target=serve, daemon=True).start()\nstop.wait()\nprint('behind')"
    ),
    "executor": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor() as pool:\n    pool.submit(app.run, port=0).result()\n"
        "print('behind')"
    ),
    "timer": "threading.Timer(0.01, app.run, kwargs={'port': 0}).start()\nprint('behind')",
}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_whatever_stands_around_the_run_call_keeps_its_meaning(
    serve: Serve, write: Write, form: str, number: int
) -> None:
    server = serve(
        write(f"{APP}\nimport atexit\natexit.register(print, 'at exit')\n{FORMS[form]}\n")
    )
    assert server.get().text == "hello waitress"
    status = server.stop(number)
    # As under python: the main thread waits for a thread, and ^C interrupts it there.
    interrupted = number == signal.SIGINT and form in {
        "daemon, joined",
        "thread, joined",
        "daemon, an event",
        "executor",
    }
    if status != 0:
        assert interrupted
        assert (status, server.lines[-1]) == (130, "at exit")
        assert "KeyboardInterrupt" in server.lines
        return
    assert server.lines.count("behind") == server.lines.count("at exit") == 1
    assert server.lines[-1] == "at exit"
    assert "never" not in server.lines


WAITS = {
    "sleeps": "while True:\n        time.sleep(1)",
    "pauses": "signal.pause()",
    "polls": "while thread.is_alive():\n        thread.join(0.1)\n    print('ended by itself')",
}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("wait", WAITS, ids=str)
def test_a_main_thread_that_waits_beside_a_server_is_ended(
    serve: Serve, write: Write, wait: str, number: int
) -> None:
    server = serve(
        write(
            f"{APP}\nimport signal, time\n"
            "thread = threading.Thread(target=app.run, kwargs={'port': 0}, daemon=True)\n"
            f"thread.start()\ntry:\n    {WAITS[wait]}\n"
            "except KeyboardInterrupt:\n    print('interrupted')\nfinally:\n    print('finally')\n"
        )
    )
    assert server.get().text == "hello waitress"
    assert server.stop(number) == 0
    assert server.lines.count("finally") == 1
    if number == signal.SIGINT and wait != "polls":
        assert "interrupted" in server.lines


def test_an_app_that_was_shut_down_by_the_script_can_be_followed_by_another(
    serve: Serve, write: Write
) -> None:
    port = free_port()
    server = serve(
        "--port",
        str(port),
        write(
            APP
            + """
from werkzeug.serving import make_server
import urllib.request
other = Flask("other")
first = make_server("127.0.0.1", 1, other)
def shut_down():
    urllib.request.urlopen("http://127.0.0.1:%d/" % first.port, timeout=5)
@other.route("/")
def index():
    threading.Thread(target=first.shutdown).start()
    return ""
threading.Thread(target=shut_down).start()
first.serve_forever()
print("the first has ended")
app.run(port=1)
print("behind")
"""
        ),
    )
    server.wait_for("the first has ended")
    server.wait_for("uncork: serving", times=2)
    assert server.output.count(f"uncork: serving server.py at http://127.0.0.1:{port} ") == 2
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as answer:
        assert answer.read() == b"hello waitress"
    assert server.stop() == 0
    assert server.lines[-1] == "behind"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_cleanup_behind_signal_pause_comes_after_the_drain(
    serve: Serve, write: Write, gate: Gate, number: int
) -> None:
    server = serve(
        write(
            f"{APP}{HELD}import signal\n"
            "threading.Thread(target=app.run, kwargs={'port': 0}, daemon=True).start()\n"
            "try:\n    signal.pause()\nexcept KeyboardInterrupt:\n    print('interrupted')\n"
            "print('cleaned up')\n"
        )
    )
    held = in_background(server.get, "/held")
    server.wait_for("held")
    server.send(number)
    server.wait_for("to finish")
    # Longer than a main thread gets to end by itself.
    with pytest.raises(subprocess.TimeoutExpired):
        server.process.wait(2.5)
    assert "cleaned up" not in server.lines
    gate.open()
    assert held.result().text == "let go"
    assert server.wait() == 0
    assert server.lines[-1] == "cleaned up"
    assert ("interrupted" in server.lines) == (number == signal.SIGINT)


def test_a_server_in_a_daemon_thread_is_drained_though_the_script_has_ended(
    serve: Serve, write: Write, gate: Gate
) -> None:
    server = serve(
        write(
            f"{APP}{HELD}import signal\n"
            "stop = threading.Event()\n"
            "@app.before_request\ndef before():\n    stop.set()\n"
            "threading.Thread(target=app.run, kwargs={'port': 0}, daemon=True).start()\n"
            "stop.wait()\nos.kill(os.getpid(), signal.SIGTERM)\n"
        )
    )
    held = in_background(server.get, "/held")
    server.wait_for("to finish")
    with pytest.raises(subprocess.TimeoutExpired):
        server.process.wait(2.5)
    gate.open()
    assert held.result().text == "let go"
    assert server.wait() == 0


def test_a_script_that_imports_flasks_proxies_and_runs_nothing_is_told_so(
    serve: Serve, write: Write
) -> None:
    server = serve(write("from flask import current_app, g, request, session\n"))
    assert server.wait() == 4
    assert server.lines[0].startswith("error: server.py: the script ended without running an app")
    assert "Traceback" not in server.output
