"""Children of a script: they are as under python, and one that runs the app serves it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.serve.conftest import in_background

if TYPE_CHECKING:
    from tests.serve.conftest import Gate, Serve, Write

pytestmark = pytest.mark.process

METHODS = pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
POOL = """
import concurrent.futures, json, multiprocessing, os, signal, sys
from flask import Flask

app = Flask(__name__)
METHOD = {method!r}
context = multiprocessing.get_context(METHOD)

class Word:
    def __init__(self, text):
        self.text = text

def describe(word):
    main = sys.modules["__main__"]
    return dict(
        text=word.text,
        kind=type(word) is main.Word,
        module=Word.__module__,
        file=getattr(main, "__file__", None),
        terminate=signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
        argv=sys.argv,
        loaded=sorted(name for name in sys.modules if name.startswith("uncork.serve.")),
    )

@app.route("/")
def index():
    return json.dumps(pool.submit(describe, Word("sent")).result())

if __name__ == "__main__":
    print("main block")
    pool = concurrent.futures.ProcessPoolExecutor(1, mp_context=context)
    app.run(port=0)
    pool.shutdown()
    print("behind run")
"""


@METHODS
@pytest.mark.parametrize("module", [False, True])
def test_a_pool_that_a_view_uses_has_the_scripts_own_main(
    serve: Serve, write: Write, method: str, module: bool
) -> None:
    script = write(POOL.format(method=method), "shop/tool.py")
    # Of a package's own __main__, python itself shows such a child nothing.
    words = ("-m", "shop.tool") if module else (script,)
    server = serve(*words, "--", "--limit", "3")
    seen = json.loads(server.get().text)
    assert seen["text"] == "sent"
    assert seen["kind"]
    assert seen["module"] == ("__main__" if method == "fork" else "__mp_main__")
    assert seen["file"].endswith("shop/tool.py")
    assert seen["terminate"]
    assert seen["argv"][1:] == ["--limit", "3"]
    if method == "spawn":
        assert "uncork.serve.adapter" not in seen["loaded"]
    assert server.stop() == 0
    assert server.lines.count("main block") == server.lines.count("behind run") == 1
    assert len([line for line in server.lines if "serving" in line]) == 1


RUNS_IN_CHILD = """
import multiprocessing, os, pathlib
from flask import Flask

app = Flask(__name__)

@app.route("/held/<name>")
def held(name):
    print("held", name, flush=True)
    pathlib.Path("gate").read_text()
    return "let go " + name

def run():
    app.run(port=0)
    print("behind run", flush=True)

if __name__ == "__main__":
    child = multiprocessing.get_context({method!r}).Process(target=run)
    child.start()
    print("child", child.pid, flush=True)
    child.join()
    print("child ended", child.exitcode)
"""


@METHODS
def test_a_child_that_runs_the_app_serves_and_drains(
    serve: Serve, write: Write, gate: Gate, method: str
) -> None:
    server = serve(write(RUNS_IN_CHILD.format(method=method)), "--threads", "3")
    assert "(3 threads" in server.wait_for("uncork: serving")
    child = int(server.wait_for("child ").split()[1])
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    os.kill(child, signal.SIGTERM)
    server.wait_for("SIGTERM: stopping, 1 request")
    gate.open()
    assert request.result().text == "let go one"
    assert server.wait() == 0
    assert server.lines.count("behind run") == 1
    assert "child ended 0" in server.lines


def test_a_program_that_the_script_starts_inherits_nothing(serve: Serve, write: Write) -> None:
    server = serve(
        write("""
            import os, subprocess, sys
            from flask import Flask

            app = Flask(__name__)
            SHOW = "import os; print(sorted(os.listdir('/proc/self/fd')), sorted(os.environ))"

            @app.route("/")
            def index():
                return subprocess.check_output([sys.executable, "-c", SHOW], close_fds=False)

            app.run(port=0)
        """),
        env={"LISTEN_FDS": "1", "LISTEN_PID": "1", "LISTEN_FDNAMES": "web", "WATCHDOG_USEC": "9"},
    )
    show = "import os; print(sorted(os.listdir('/proc/self/fd')), sorted(os.environ))"
    files, names = server.get().text.split("] [")
    alone = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True)
    assert files == alone.stdout.split("] [")[0]
    assert not [name for name in names.split("'") if name.startswith(("LISTEN", "WATCHDOG"))]


def test_a_forked_child_that_does_something_else_dies_of_sigterm_as_under_python(
    serve: Serve, write: Write
) -> None:
    server = serve(
        write("""
            import multiprocessing, time
            from flask import Flask

            app = Flask(__name__)
            app.route("/")(lambda: str(child.is_alive()))

            def work():
                print("child works", flush=True)
                time.sleep(600)

            child = multiprocessing.Process(target=work)
            child.start()
            app.run(port=0)
            child.terminate()
            child.join()
            print("child ended", child.exitcode)
        """)
    )
    server.wait_for("child works")
    assert server.get().text == "True"
    assert server.stop() == 0
    assert "child ended -15" in server.lines


def test_a_manager_of_the_main_block_is_there_for_the_views(serve: Serve, write: Write) -> None:
    server = serve(
        write("""
            import multiprocessing
            from flask import Flask

            app = Flask(__name__)

            @app.route("/")
            def index():
                counts["asked"] = counts.get("asked", 0) + 1
                return str(counts["asked"])

            if __name__ == "__main__":
                with multiprocessing.Manager() as manager:
                    counts = manager.dict()
                    app.run(port=0)
                    print("asked", counts["asked"])
        """)
    )
    assert [server.get().text for _ in range(3)] == ["1", "2", "3"]
    assert server.stop() == 0
    assert "asked 3" in server.lines
