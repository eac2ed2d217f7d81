"""Removed APIs, jobs by name, the reloader and threads: migrated scripts that really run."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from tests.environments import interpreter
from tests.migration.test_runners import migrate
from tests.migration.test_servers import get
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.serve.conftest import Serve, Server

pytestmark = pytest.mark.process

REMOVED = """
import os

from flask import Flask, Markup, escape
from werkzeug import secure_filename

app = Flask(__name__)
tables = []


@app.before_first_request
def create_tables():
    tables.append(app.name)


@app.route("/")
def index():
    return Markup("<b>%s</b>") % escape("<") + secure_filename("a/b") + app.env + str(len(tables))


if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]))
"""
JOBS = """
import importlib
import os

from flask import Flask

app = Flask(__name__)
done = []


def job():
    done.append(app)


def run_job(name):
    module, _, function = name.partition(":")
    getattr(importlib.import_module(module), function)()


@app.route("/")
def index():
    return str(done == [app])


if __name__ == "__main__":
    run_job("__main__:job")
    app.run(port=int(os.environ["PORT"]))
"""
RELOADER = """
import os

from flask import Flask

app = Flask(__name__)
done = []


def work():
    if os.environ.get("WERKZEUG_RUN_MAIN") != "true":
        return
    done.append("work")
    print("at work", flush=True)


@app.route("/")
def index():
    return ",".join(done)


if __name__ == "__main__":
    print("here", flush=True)
    work()
    if os.environ.get("WERKZEUG_RUN_MAIN") == "true":
        done.append("more")
    app.run(port=int(os.environ["PORT"]), debug=True)
"""
THREAD = """
import os
import sys
import threading

from flask import Flask

app = Flask(__name__)
stop = threading.Event()


def work():
    stop.wait()
    print("the worker ends", flush=True)


@app.route("/")
def index():
    return str(worker.is_alive())


if __name__ == "__main__":
    worker = threading.Thread(target=work)
    worker.start()
    app.run(port=int(os.environ["PORT"]))
    stop.set()
    worker.join()
    sys.stdout.write("closed\\n")
"""


def alone(serve: Serve, environment: str, port: int) -> Server:
    """``python server.py`` in one of the environments."""
    return serve("server.py", command=(interpreter(environment),), env={"PORT": str(port)})


def gunicorn(serve: Serve, port: int) -> Server:
    """The entry point under gunicorn."""
    options = f"-m gunicorn --bind 127.0.0.1:{port} wsgi:create_app()".split()
    return serve(*options, command=(interpreter("flask-3"),))


def test_replaced_apis_answer_alike_on_the_oldest_and_the_newest_flask(
    tmp_path: Path, serve: Serve, wait_until: Callable[..., None]
) -> None:
    port = free_port()
    (tmp_path / "server.py").write_text(REMOVED)
    original = alone(serve, "flask-1.1", port)
    # secure_filename was gone from werkzeug's top level with 1.0.
    original.wait()
    assert "cannot import name 'secure_filename'" in original.output

    migrate(tmp_path, REMOVED)
    expected = "<b>&lt;</b>a_bproduction1"
    for environment in ("flask-1.1", "flask-3"):
        server = alone(serve, environment, port)
        assert get(server, port, "/", wait_until) == expected
        server.send(signal.SIGKILL)
        server.wait()
    assert get(gunicorn(serve, port), port, "/", wait_until) == expected


def test_a_job_is_found_by_its_name_as_a_script_and_under_a_server(
    tmp_path: Path, serve: Serve, wait_until: Callable[..., None]
) -> None:
    migrate(tmp_path, JOBS)
    port = free_port()
    assert get(alone(serve, "flask-3", port), port, "/", wait_until) == "True"
    port = free_port()
    assert get(gunicorn(serve, port), port, "/", wait_until) == "True"


def test_the_reloaders_child_does_its_work_and_so_does_a_server(
    tmp_path: Path, serve: Serve, wait_until: Callable[..., None]
) -> None:
    migrate(tmp_path, RELOADER)
    port = free_port()
    script = alone(serve, "flask-3", port)
    assert get(script, port, "/", wait_until) == "work,more"
    # Parent and child say that they are here; only the child works.
    assert script.output.count("here") == 2
    assert script.output.count("at work") == 1

    port = free_port()
    assert get(gunicorn(serve, port), port, "/", wait_until) == "work,more"


def test_a_thread_that_clean_up_waits_for_ends_by_it(
    tmp_path: Path, serve: Serve, wait_until: Callable[..., None]
) -> None:
    migrate(tmp_path, THREAD)
    port = free_port()
    script = alone(serve, "flask-3", port)
    assert get(script, port, "/", wait_until) == "True"
    script.send(signal.SIGINT)
    script.wait()
    port = free_port()
    server = gunicorn(serve, port)
    assert get(server, port, "/", wait_until) == "True"
    server.send(signal.SIGTERM)
    server.wait()
    for each in (script, server):
        said = [line for line in each.lines if line in {"the worker ends", "closed"}]
        assert said == ["the worker ends", "closed"], each.output
