"""What a script does beside its views keeps its meaning: once each, in its order."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.environments import interpreter
from tests.serve.conftest import PATIENCE

from uncork.serve.argv import serve_argv
from uncork.serve.options import ServeOptions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serve.conftest import Serve, Write

pytestmark = pytest.mark.process

APP = """
import atexit, os, signal, sys, threading, time
from flask import Flask

app = Flask(__name__)

@app.route("/")
def index():
    return "hello"
"""
BEHIND = {
    "falls through": ("print('behind')", 0, ["behind", "finally", "thread", "at exit"]),
    "sys.exit": ("sys.exit(3)", 3, ["finally", "thread", "at exit"]),
    "sys.exit with words": ("sys.exit('words')", 1, ["finally", "thread", "at exit"]),
    "raises": ("1 / 0", 1, ["finally", "thread", "at exit"]),
    "os._exit": ("sys.stdout.flush(); os._exit(5)", 5, []),
}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("behind", BEHIND)
def test_what_stands_behind_the_run_call_runs_once_and_its_status_is_kept(
    serve: Serve, write: Write, behind: str, number: int
) -> None:
    code, status, said = BEHIND[behind]
    server = serve(
        write(
            f"""{APP}
atexit.register(print, "at exit")
stop = threading.Event()

def work():
    stop.wait()
    print("thread")

threading.Thread(target=work).start()
try:
    app.run(port=0)
    {code}
finally:
    print("finally")
    stop.set()
"""
        )
    )
    assert server.get().text == "hello"
    assert server.stop(number) == status
    words = {"behind", "finally", "thread", "at exit"}
    assert sorted(line for line in server.lines if line in words) == sorted(said)
    if said:
        assert server.lines.index("finally") < server.lines.index("at exit")


def test_the_scripts_other_signals_are_its_own(serve: Serve, write: Write) -> None:
    server = serve(
        write(
            f"""{APP}
import faulthandler, socket
faulthandler.register(signal.SIGUSR2)
signal.signal(signal.SIGHUP, lambda *a: os.write(1, b"reloaded settings\\n"))
signal.signal(signal.SIGUSR1, lambda *a: os.write(1, b"rotated logs\\n"))
signal.signal(signal.SIGCHLD, lambda *a: os.write(1, b"a child ended\\n"))
app.run(port=0)
"""
        )
    )
    assert server.get().text == "hello"
    for number, text in (
        (signal.SIGHUP, "reloaded settings"),
        (signal.SIGUSR1, "rotated logs"),
        (signal.SIGCHLD, "a child ended"),
        (signal.SIGUSR2, "Current thread"),
    ):
        server.send(number)
        server.wait_for(text)
    assert server.get().text == "hello"
    assert server.stop() == 0


def test_a_wakeup_descriptor_of_the_script_hears_of_every_signal(
    serve: Serve, write: Write
) -> None:
    server = serve(
        write(
            f"""{APP}
import socket
hearing, telling = socket.socketpair()
telling.setblocking(False)
signal.set_wakeup_fd(telling.fileno())
signal.signal(signal.SIGUSR1, lambda *a: None)

def hear():
    while number := hearing.recv(1):
        print("heard", number[0])

threading.Thread(target=hear, daemon=True).start()
app.run(port=0)
time.sleep(0.1)
"""
        )
    )
    assert server.get().text == "hello"
    server.send(signal.SIGUSR1)
    server.wait_for(f"heard {int(signal.SIGUSR1)}")
    assert server.stop() == 0
    assert f"heard {int(signal.SIGTERM)}" in server.lines


def test_threads_timers_and_loops_run_beside_the_server(serve: Serve, write: Write) -> None:
    server = serve(
        write(
            f"""{APP}
ticks = 0

def loop():
    global ticks
    while True:
        ticks += 1
        time.sleep(0.01)

@app.route("/ticks")
def show():
    return str(ticks)

@app.route("/later")
def later():
    threading.Timer(0, print, ["a timer of a view"]).start()
    return ""

threading.Thread(target=loop, daemon=True).start()
threading.Timer(0.05, print, ["a timer"]).start()
app.run(port=0)
"""
        )
    )
    server.wait_for("a timer")
    first = int(server.get("/ticks").text)
    assert server.get("/later").status == 200
    server.wait_for("a timer of a view")
    assert int(server.get("/ticks").text) >= first > 0


def test_hooks_for_exceptions_are_the_scripts(serve: Serve, write: Write) -> None:
    server = serve(
        write(
            f"""{APP}
sys.excepthook = lambda kind, *a: print("hooked", kind.__name__)
threading.excepthook = lambda args: print("hooked in a thread", args.exc_type.__name__)
threading.Thread(target=lambda: 1 / 0).start()
app.run(port=0)
raise ValueError
"""
        )
    )
    server.wait_for("hooked in a thread ZeroDivisionError")
    assert server.stop() == 1
    assert server.lines[-1] == "hooked ValueError"


def test_a_question_before_the_run_is_answered_from_stdin(
    write: Write, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    script = write(f"{APP}\nname = input('name? ')\nprint('hello', name)\nsys.exit(7)\n")
    ended = subprocess.run(
        [sys.executable, "-m", "uncork", "serve", "--python", sys.executable, script],
        cwd=tmp_path,
        env=clean_env,
        input="Ada\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert ended.returncode == 7
    assert ended.stdout == "name? hello Ada\n"


def test_dotenv_files_are_read_as_flask_reads_them(serve: Serve, write: Write) -> None:
    write("WORD=flaskenv\nFLASK_RUN_PORT=1\nOTHER=flaskenv\n", ".flaskenv")
    write("WORD=env\n", ".env")
    command = serve_argv(interpreter("servers"), "", ServeOptions(), [], installed=False)[:-1]
    server = serve(
        write(f"{APP}\napp.route('/word')(lambda: '{{WORD}} {{OTHER}}'.format(**os.environ))\n"
              "app.run(port='0')\n"),
        command=command,
    )  # fmt: skip
    assert server.get("/word").text == "env flaskenv"


def test_the_working_folder_may_change_before_and_after_the_run(
    serve: Serve, write: Write, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    server = serve(
        write(
            f"""{APP}
os.chdir("data")
app.route("/where")(lambda: os.getcwd())
app.run(port=0)
print("in", os.getcwd())
"""
        )
    )
    assert server.get("/where").text == str(tmp_path / "data")
    assert server.stop() == 0
    assert f"in {tmp_path / 'data'}" in server.lines
