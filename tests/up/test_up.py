"""`uncork up` on the greeter: each step told, a URL that answers, nothing written unproved."""

from __future__ import annotations

import os
import pty
import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import RunUncork
    from tests.serve.conftest import Serve


pytestmark = [pytest.mark.process, pytest.mark.isolation]
UNCORK = (sys.executable, "-m", "uncork")


def test_it_tells_each_step_and_ends_with_a_url_that_answers(
    example: Callable[[str], Path], serve: Serve
) -> None:
    folder, port = example("greeter"), free_port()
    server = serve(
        "up", str(folder / "server.py"), "--yes", "--foreground", "--python", sys.executable,
        "--", "--limit", "3", "--shout", "--port", str(port),
        command=UNCORK,
    )  # fmt: skip
    assert server.port == port
    assert server.get("/hello/you").text == "HELLO, YOU!"
    assert "The last 3 are shown." in server.get("/").text

    assert server.stop(signal.SIGINT) == 0
    assert server.output.count("The guest book is closed.") == 1
    steps = [int(number) for number in re.findall(r"\[(\d)/4\]", server.output)]
    assert steps == [1, 2, 3, 4]
    assert "the same" in server.output
    assert (folder / "wsgi.py").is_file()


def test_a_second_time_it_has_nothing_to_migrate_and_serves(
    example: Callable[[str], Path], serve: Serve, run_uncork: RunUncork
) -> None:
    folder = example("greeter")
    written = run_uncork("migrate", "--write", "--no-verify", folder)
    assert written.returncode == 0, written.stderr
    before = (folder / "server.py").read_bytes()

    port = str(free_port())
    server = serve(
        "up", str(folder), "--yes", "--foreground", "--python", sys.executable,
        "--", "--port", port,
        command=UNCORK,
    )  # fmt: skip
    assert server.get("/hello/you").text == "Hello, you!"
    assert server.stop() == 0
    assert "nothing to do" in server.output
    assert (folder / "server.py").read_bytes() == before


def test_as_is_it_serves_the_script_and_leaves_the_code_alone(
    example: Callable[[str], Path], serve: Serve
) -> None:
    folder, port = example("greeter"), str(free_port())
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    server = serve(
        "up", str(folder / "server.py"), "--as-is", "--yes", "--foreground",
        "--python", sys.executable, "--", "--greeting", "Ahoy", "--port", port,
        command=UNCORK,
    )  # fmt: skip
    assert server.get("/hello/you").text == "Ahoy, you!"
    assert server.stop() == 0
    assert server.output.count("The guest book is closed.") == 1
    assert {path: path.read_bytes() for path in before} == before
    assert not (folder / "wsgi.py").exists()


def test_without_a_terminal_and_without_yes_it_exits_with_2_and_writes_nothing(
    example: Callable[[str], Path], run_uncork: RunUncork
) -> None:
    folder = example("greeter")
    ended = run_uncork("up", folder / "server.py", "--python", sys.executable)
    assert ended.returncode == 2
    assert "hint: say --yes" in ended.stderr
    assert not (folder / "wsgi.py").exists()
    assert not (folder / ".uncork").exists()


def test_an_answer_of_no_changes_nothing(example: Callable[[str], Path]) -> None:
    folder = example("greeter")
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execv(sys.executable, [*UNCORK, "up", "server.py", "--python", sys.executable])  # noqa: S606 - the child of a terminal
    os.write(terminal, b"n\n")
    shown = b""
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # Linux: the terminal's other end is closed
            break
        shown += chunk
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 1, shown.decode()
    assert b"Nothing was changed." in shown
    assert not (folder / "wsgi.py").exists()


def test_a_script_that_can_t_be_migrated_is_declined_with_the_way_out(
    tmp_path: Path, run_uncork: RunUncork
) -> None:
    script = tmp_path / "server.py"
    script.write_text(
        "from flask import Flask\n\n\nclass Server:\n    def __init__(self):\n"
        "        self.app = Flask(__name__)\n\n    def start(self):\n        self.app.run()\n\n\n"
        'if __name__ == "__main__":\n    Server().start()\n'
    )
    ended = run_uncork("up", script, "--yes", "--python", sys.executable)
    assert ended.returncode == 4
    assert "UNC203" in ended.stderr
    assert "uncork up --as-is" in ended.stderr
    assert not (tmp_path / "wsgi.py").exists()


def test_an_app_that_fails_without_the_network_is_not_proved_and_nothing_is_written(
    tmp_path: Path, run_uncork: RunUncork
) -> None:
    script = tmp_path / "server.py"
    script.write_text(
        "import socket\n\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n"
        '@app.route("/")\ndef index():\n    return str(peer)\n\n\n'
        'if __name__ == "__main__":\n'
        '    peer = socket.create_connection(("192.0.2.1", 9), timeout=1).getpeername()\n'
        "    app.run()\n"
    )
    ended = run_uncork("up", script, "--yes", "--python", sys.executable)
    assert ended.returncode == 8, ended.stderr
    assert "uncork up --as-is" in ended.stdout
    assert not (tmp_path / "wsgi.py").exists()
