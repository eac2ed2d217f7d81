"""Start-up work that scripts bind to the reloader runs once, and never not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.environments import interpreter

from uncork.serve.argv import serve_argv
from uncork.serve.options import ServeOptions

if TYPE_CHECKING:
    from tests.serve.conftest import Serve, Server, Write

pytestmark = pytest.mark.process

HEAD = """
import os, sys
from flask import Flask
from werkzeug.serving import is_running_from_reloader

app = Flask(__name__)
app.route("/")(lambda: f"{app.debug} {os.environ.get('WERKZEUG' + '_RUN_MAIN')}")
print("start")
"""
IN_CHILD = {
    "the variable": 'if os.environ.get("WERKZEUG_RUN_MAIN") == "true":',
    "its presence": 'if "WERKZEUG_RUN_MAIN" in os.environ:',
    "or no debug": 'if not app.debug or os.environ.get("WERKZEUG_RUN_MAIN") == "true":',
    "werkzeug's function": "if is_running_from_reloader():",
}
IN_PARENT = {
    "the variable": 'if os.environ.get("WERKZEUG_RUN_MAIN") != "true":',
    "its absence": 'if not os.environ.get("WERKZEUG_RUN_MAIN"):',
    "werkzeug's function": "if not is_running_from_reloader():",
}


def started(server: Server, *, times: int = 1) -> None:
    """Check that a server has done its work once, in so many starts."""
    assert server.get().text.startswith("False ")
    assert server.stop() == 0
    assert server.lines.count("work") == 1
    assert server.lines.count("start") == times


@pytest.mark.parametrize("run", ["debug=True", "use_reloader=True"])
@pytest.mark.parametrize("test", IN_CHILD)
def test_work_of_the_child_runs_once(serve: Serve, write: Write, test: str, run: str) -> None:
    source = f"{HEAD}\n{IN_CHILD[test]}\n    print('work')\napp.run(port=0, {run})\n"
    started(serve(write(source)))


@pytest.mark.parametrize("run", ["debug=True", "debug=False", "debug='-d' in sys.argv"])
@pytest.mark.parametrize("test", IN_PARENT)
def test_work_of_the_parent_runs_once(serve: Serve, write: Write, test: str, run: str) -> None:
    source = f"{HEAD}\n{IN_PARENT[test]}\n    print('work')\napp.run(port=0, {run})\n"
    started(serve(write(source), "--", "-d"))


@pytest.mark.parametrize(
    "run",
    [
        "app.run(port=0, debug='-d' in sys.argv)",
        "app.run(port=0, **{'debug': True})",
        "app.config.update(DEBUG=True)\napp.debug = '-d' in sys.argv\napp.run(port=0)",
        "if '-d' in sys.argv:\n    app.run(port=0, debug=True)\nelse:\n    app.run(port=0)",
        "import server_runs\nserver_runs.run(app)",
    ],
)
@pytest.mark.parametrize("test", ["the variable", "werkzeug's function"])
def test_where_only_the_run_knows_it_starts_again_as_the_reloader_does(
    serve: Serve, write: Write, test: str, run: str
) -> None:
    write("def run(app):\n    app.run(port=0, debug=True)\n", "server_runs.py")
    server = serve(write(f"{HEAD}\n{IN_CHILD[test]}\n    print('work')\n{run}\n"), "--", "-d")
    pid = server.process.pid
    assert server.get().text == "False true"
    assert server.process.pid == pid
    assert "the reloader was asked for: starting again" in server.output
    started(server, times=2)


def test_a_script_that_tests_nothing_starts_once(serve: Serve, write: Write) -> None:
    server = serve(write(f"{HEAD}\nprint('work')\napp.run(port=0, debug='-d' in sys.argv)\n"))
    started(server)


def test_without_debug_nothing_is_started_again(serve: Serve, write: Write) -> None:
    script = write(
        f"{HEAD}\n{IN_CHILD['the variable']}\n    print('work')\n"
        "app.run(port=0, debug='-d' in sys.argv)\n"
    )
    server = serve(script)
    assert server.get().text == "False None"
    assert server.stop() == 0
    assert server.lines.count("start") == 1
    assert "work" not in server.lines


def test_a_test_in_another_module_counts(serve: Serve, write: Write) -> None:
    write(f"import os\n{IN_CHILD['the variable']}\n    print('work')\n", "jobs/tasks.py")
    started(serve(write(f"{HEAD}\nimport jobs.tasks\napp.run(port=0, debug=True)\n")))
    write(f"import os\n{IN_PARENT['the variable']}\n    print('work')\n", "jobs/tasks.py")
    started(serve("server.py"))


def test_the_first_start_ends_as_a_process_does_and_its_children_with_it(
    serve: Serve, write: Write
) -> None:
    source = f"""{HEAD}
import atexit, multiprocessing, time
atexit.register(print, "at exit")
child = multiprocessing.Process(target=time.sleep, args=(600,))
child.start()
print("child", child.pid)
{IN_CHILD["the variable"]}
    print("work")
os.chdir("/")
app.run(port=0, debug="-d" in sys.argv)
child.terminate()
"""
    server = serve(write(source), "--", "-d")
    started(server, times=2)
    assert server.lines.count("at exit") == 2
    children = [int(line.split()[1]) for line in server.lines if line.startswith("child ")]
    assert len(children) == 2
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def test_flask_env_counts_where_flask_knows_it(serve: Serve, write: Write) -> None:
    source = f"{HEAD}\n{IN_CHILD['the variable']}\n    print('work')\napp.run(port=0)\n"
    command = serve_argv(interpreter("flask-1.1"), "", ServeOptions(), [], installed=False)[:-1]
    server = serve(write(source), command=command, env={"FLASK_ENV": "development"})
    assert server.get().text == "False true"
    started(server, times=2)


def test_flask_debug_in_a_file_counts_as_under_python(serve: Serve, write: Write) -> None:
    write("FLASK_DEBUG=1\nWORD=read\n", ".flaskenv")
    source = f"{HEAD}\n{IN_CHILD['the variable']}\n    print('work')\napp.run(port='0')\n"
    command = serve_argv(interpreter("servers"), "", ServeOptions(), [], installed=False)[:-1]
    server = serve(write(source), command=command)
    assert server.get().text == "False true"
    started(server, times=2)
