"""``--processes``: several processes on one socket, in the app's own interpreter."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.environments import interpreter
from tests.serve.conftest import (
    Gate,
    in_background,
    wait_until,
)
from tests.serve.processes import (
    APP,
    HELD_AT_IMPORT,
    before,
    body,
    manager,
    over,
    processes,
    runner,
    start,
)

from uncork.serve.options import DEFAULT_THREADS

if TYPE_CHECKING:
    from tests.serve.conftest import Serve, Write
    from tests.serve.processes import Start
    from tests.serve.test_notify import Manager


__all__ = ["manager", "start"]

pytestmark = pytest.mark.process


# --- start ----------------------------------------------------------------------


def test_processes_answer_on_one_socket_and_the_ready_line_counts_them(start: Start) -> None:
    server = start("--threads", "3")
    assert "(2 processes, 3 threads each)" in server.wait_for("uncork: serving place:app at")
    answered: set[int] = set()

    def both() -> bool:
        # One after the other: no process is so busy that the other one has to help.
        answered.add(int(server.get("/pid").text))
        return len(answered) == 2

    wait_until(both, "both answer")
    assert answered == processes(server)
    assert server.stop() == 0
    assert len([line for line in server.lines if line.startswith("loading")]) == 2
    assert server.lines.count("at exit") == 2


def test_ready_is_told_when_every_process_is_up(
    start: Start, tmp_path: Path, manager: Manager
) -> None:
    gates = [Gate(tmp_path / f"{name}.gate") for name in ("first", "second")]
    path = tmp_path / "app.sock"
    server = start(source=HELD_AT_IMPORT + APP, where=("--unix-socket", str(path)), env=manager.env)
    server.wait_for("loads second")
    gates[0].open()
    assert over(path) == "one"
    assert "uncork: serving" not in server.output
    gates[1].open()
    assert f"unix:{path} (2 processes" in server.wait_for("uncork: serving")
    assert not [line for line in before(manager, "READY=1") if line.startswith("READY")]
    server.send(signal.SIGTERM)
    assert not before(manager, "STOPPING=1")
    assert server.wait() == 0
    assert not os.path.lexists(path)


BROKEN = {
    "raises": (APP + "    1 / 0\n", 1, "ZeroDivisionError: division by zero"),
    "exits": (APP + "    raise SystemExit('no database')\n", 1, "no database"),
    "is no app": ("app = 3\n", 3, "error: place:app is no WSGI application but an int"),
    "is ASGI": (
        "async def app(scope, receive, send): ...\n",
        4,
        "error: place:app is an ASGI application, and uncork serves WSGI",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["each", "preload"])
def test_an_app_that_does_not_start_is_told_once_and_ends_with_its_own_status(
    start: Start, tmp_path: Path, case: str, preload: tuple[str, ...]
) -> None:
    source, status, said = BROKEN[case]
    server = start(*preload, source=source)
    assert server.wait() == status
    told = [line for line in server.lines if line.startswith(said)]
    assert len(told) == 1
    frames = [line for line in server.lines if line.startswith("  File ")]
    assert all(str(tmp_path / "place.py") in frame for frame in frames)
    assert len(frames) == (case == "raises")
    assert "serving" not in server.output


def test_a_script_as_it_is_stays_one_process(serve: Serve, write: Write) -> None:
    server = serve("--processes", "2", write(APP), command=runner())
    assert server.wait() == 4
    assert server.lines[0].startswith("error: server.py: --processes 2 is for module:app.")
    assert server.lines[1].startswith("hint: uncork migrate server.py")
    assert len(server.lines) == 2


def test_without_gunicorn_it_says_how_to_get_it(start: Start) -> None:
    server = start(command=runner("flask-1.1"))
    assert server.wait() == 4
    python = interpreter("flask-1.1")
    assert server.lines == [
        f"error: --processes needs gunicorn, and {python} can't import it",
        f"hint: {python} -m pip install gunicorn",
    ]


def test_an_older_gunicorn_is_declined(start: Start, write: Write, tmp_path: Path) -> None:
    write("version_info = (22, 0, 0)\n__version__ = '22.0.0'\n", "gunicorn/__init__.py")
    server = start(env={"PYTHONPATH": str(tmp_path)})
    assert server.wait() == 4
    assert server.lines[0].startswith("error: --processes needs gunicorn 23 or newer, and ")
    assert server.lines[0].endswith(" has 22.0.0")


def test_an_app_that_runs_itself_when_it_is_imported_is_served_then(start: Start) -> None:
    server = start(source=APP + "    app.run(port=1)\n    print('behind run')\n")
    assert f"(2 processes, {DEFAULT_THREADS} threads each)" in server.wait_for("serving")
    assert server.get().text == "one"
    assert server.stop() == 0
    assert server.lines.count("behind run") == 2


def test_nothing_is_left_on_disk(start: Start, tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR")}
    for folder in folders.values():
        folder.mkdir()
    server = start(env={name: str(folder) for name, folder in folders.items()})
    assert server.get().text == "one"
    assert not [path for folder in folders.values() for path in folder.rglob("*")]
    assert server.stop() == 0
    assert {path.name for path in tmp_path.iterdir()} == {"place.py", *folders}


# --- where ----------------------------------------------------------------------


def test_systemds_sockets_are_shared_and_outlive_the_processes(
    start: Start, tmp_path: Path
) -> None:
    handover = tmp_path / "activate.py"
    handover.write_text(
        "import os, sys\n"
        "fds = [int(fd) for fd in sys.argv[1].split(',')]\n"
        "for number, fd in enumerate(fds, 3):\n"
        "    os.dup2(fd, number, inheritable=True)\n"
        "os.environ.update(LISTEN_FDS=str(len(fds)), LISTEN_PID=str(os.getpid()))\n"
        "os.execv(sys.argv[2], sys.argv[2:])\n"
    )
    with (
        socket.create_server(("127.0.0.1", 0)) as first,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as second,
    ):
        fds = [first.fileno(), second.fileno()]
        command = [sys.executable, str(handover), ",".join(map(str, fds)), *runner()]
        server = start(command=command, pass_fds=fds)
        line = server.wait_for("uncork: serving")
        urls = [f"http://127.0.0.1:{first.getsockname()[1]}"]
        urls.append(f"http://[::1]:{second.getsockname()[1]}")
        assert ", ".join(urls) in line
        assert [body(url) for url in urls] == [b"one", b"one"]
        server.send(signal.SIGTERM)
        assert server.wait() == 0
        # What comes now waits for the next process, and is not lost.
        waiting = in_background(body, urls[0])
        server = start(command=command, pass_fds=fds)
        assert waiting.result() == b"one"
        server.wait_for("uncork: serving")
        server.send(signal.SIGTERM)
        assert server.wait() == 0


def test_what_every_address_means_is_told_once(start: Start) -> None:
    server = start(where=("--host", "0.0.0.0", "--port", "0"))
    server.wait_for("0.0.0.0 is every address of this machine")
    assert server.get().text == "one"
    assert server.stop() == 0
    assert server.output.count("is every address") == 1


# --- watching over them ---------------------------------------------------------


def test_a_process_that_is_killed_is_replaced(start: Start) -> None:
    server = start()
    assert server.url
    first = processes(server)
    victim = int(server.get("/pid").text)
    os.kill(victim, signal.SIGKILL)
    said = server.wait_for("another takes its place")
    assert said.startswith(f"uncork: process {victim} was killed by SIGKILL")
    server.wait_for("loading", 3)
    wait_until(lambda: len(processes(server)) == 2, "there are two again")
    assert processes(server) > first - {victim}
    assert server.get().text == "one"
    assert server.stop() == 0


def test_a_broken_app_on_disk_does_not_end_those_that_serve(start: Start, write: Write) -> None:
    server = start()
    assert server.url
    victim, other = processes(server)
    write(APP + "    1 / 0\n", "place.py")
    os.kill(victim, signal.SIGKILL)
    server.wait_for("ZeroDivisionError")
    server.wait_for("did not start: it is tried again")
    assert server.get().text == "one"
    write(APP.replace('"one"', '"two"'), "place.py")
    server.wait_for("loading", 4)
    os.kill(other, signal.SIGKILL)
    server.wait_for("loading", 5)
    assert server.get().text == "two"
    assert server.stop() == 0


def test_two_signals_change_how_many_there_are(start: Start) -> None:
    server = start()
    assert server.url
    server.send(signal.SIGTTIN)
    wait_until(lambda: len(processes(server)) == 3, "one more")
    # Two signals of a kind that come at once are one: signal(7).
    for left in (2, 1):
        server.send(signal.SIGTTOU)
        wait_until(lambda left=left: len(processes(server)) == left, "one fewer")
    assert server.get().text == "one"
    assert server.stop() == 0


IMPATIENT = """
import sys
sys.path.append(sys.argv.pop(1))
import uncork.serve.processes.master as master
master._HUNG = 2
from uncork.serve.command import main
main(sys.argv[1:])
"""


def impatient() -> list[str]:
    """As `runner`, but a loop counts as hanging after two seconds."""
    python, main, *rest = runner()
    return [python, "-c", IMPATIENT, str(Path(main).parents[2]), *rest]


def test_a_loop_that_hangs_is_killed_and_shows_where(start: Start) -> None:
    server = start(command=impatient())
    assert server.url
    request = in_background(server.get, "/hang")
    server.wait_for("has hung for 2 s, and is killed; its threads stand here:")
    server.wait_for(" in hang")
    server.wait_for("another takes its place")
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        request.result()
    assert server.get().text == "one"
    assert server.stop() == 0


def test_a_long_request_is_not_taken_for_a_hanging_loop(start: Start) -> None:
    server = start(command=impatient())
    assert server.get("/slow").text == "slow"
    assert server.stop() == 0
    assert "hung" not in server.output


def test_a_start_may_take_longer_than_a_hanging_loop_may(start: Start) -> None:
    slow = "    import time\n    time.sleep(3.5)\n"
    server = start(source=slow + APP, command=impatient())
    assert server.get().text == "one"
    assert server.stop() == 0
    assert "hung" not in server.output
