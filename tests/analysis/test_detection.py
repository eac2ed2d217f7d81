"""Where the app is made, what runs it, and which entry points and files belong to it."""

from __future__ import annotations

import pytest
from tests.analysis.project import facts_of

from uncork.analysis.entry import entry_module_script, entry_of
from uncork.analysis.runner import Runner

FLASK = "from flask import Flask\napp = Flask(__name__)\n"
GUARD = "if __name__ == '__main__':\n    "


@pytest.mark.parametrize(
    ("script", "runner", "application"),
    [
        (FLASK + GUARD + "app.run()", Runner.FLASK, "app"),
        ("import flask as f\nweb = f.Flask('x')\n" + GUARD + "web.run()", Runner.FLASK, "web"),
        ("from shop import app\n" + GUARD + "app.run()", Runner.FLASK, "app"),
        (FLASK + "import waitress as w\n" + GUARD + "w.serve(app)", Runner.WAITRESS, "app"),
        (FLASK + "from waitress import serve\n" + GUARD + "serve(app)", Runner.WAITRESS, "app"),
        (
            FLASK
            + "from flask_socketio import SocketIO\nsio = SocketIO(app)\n"
            + GUARD
            + "sio.run(app)",
            Runner.SOCKETIO,
            "app",
        ),
        (
            FLASK + "from werkzeug.serving import run_simple\n" + GUARD + "run_simple('h', 1, app)",
            Runner.WERKZEUG,
            "app",
        ),
        ("import dash\napp = dash.Dash()\n" + GUARD + "app.run_server()", Runner.DASH, "app"),
        (
            FLASK + "class S:\n    def go(self):\n        self.app.run()\nS().go()",
            Runner.FLASK,
            "self.app",
        ),
    ],
)
def test_what_runs_the_app(script: str, runner: Runner, application: str) -> None:
    (run,) = facts_of(script + "\n").runs
    assert (run.runner, run.application) == (runner, application)


@pytest.mark.parametrize(
    "script",
    [
        "import subprocess\nsubprocess.run(['ls'])\n",
        "import asyncio\nasyncio.run(main())\n",
        "runner.run()\n",
        FLASK + "serve(app)\n",
    ],
)
def test_what_only_looks_like_a_run_call(script: str) -> None:
    assert facts_of(script).runs == []


@pytest.mark.parametrize(
    ("creation", "is_folder"),
    [
        ("Flask(__name__)", True),
        ("Flask(__name__, static_folder='x')", True),
        ("Flask('shop')", False),
        ("Flask(import_name=__name__)", False),
        ("Flask(__name__, instance_relative_config=True)", False),
        ("Flask(__name__, root_path='/')", False),
        ("Flask(__name__, **options)", False),
    ],
)
def test_whether_config_py_is_found_by_its_name_alone(creation: str, is_folder: bool) -> None:
    application = facts_of(f"from flask import Flask\napp = {creation}\napp.run()\n").application
    assert application is not None
    assert application.root_is_folder is is_folder


@pytest.mark.parametrize(
    ("text", "factory"),
    [
        ("def create_app():\n    from server import app\n\n    return app\n", "create_app"),
        ("def make():\n    from server import app, start\n    start()\n    return app\n", "make"),
        (
            (
                "import importlib as i\ndef create_app():\n"
                "    script = i.import_module('my-server')\n    return script.app\n"
            ),
            "create_app",
        ),
        (
            (
                "def createApp(environ=None):\n    return _start()\n"
                "def _start():\n    from server import app\n    return app\n"
            ),
            "createApp",
        ),
    ],
)
def test_an_entry_point_is_known_by_its_form(text: str, factory: str) -> None:
    facts = facts_of("app = 1\n", wsgi=text)
    source = facts.project.source(facts.project.script.with_name("wsgi.py"))
    assert source is not None
    entry = entry_of(source)
    assert entry is not None
    assert entry.factory == factory
    assert entry_module_script(source) in {"server.py", "my-server.py"}


@pytest.mark.parametrize(
    "text",
    [
        "from server import app\n",
        "def create_app():\n    from server import db\n    return app\n",
        "def create_app():\n    return Flask(__name__)\n",
    ],
)
def test_what_is_no_entry_point(text: str) -> None:
    facts = facts_of("app = 1\n", wsgi=text)
    source = facts.project.source(facts.project.script.with_name("wsgi.py"))
    assert source is not None
    assert entry_of(source) is None


def test_the_running_app_is_what_the_script_imports() -> None:
    facts = facts_of(
        "import a\ndef later():\n    from b import name\nPLUGINS = ['c']\n",
        a="from . import d\n",
        b="",
        c="import server\n",
        d="",
        e="import a\n",
    )
    assert {source.path.stem for source in facts.sources} == {"server", "a", "b", "c", "d"}


def test_a_script_that_imports_what_it_finds_may_import_everything() -> None:
    facts = facts_of("import importlib\nfor n in find():\n    importlib.import_module(n)\n", e="")
    assert {source.path.stem for source in facts.sources} == {"server", "e"}


def test_a_file_that_does_not_parse_is_no_part_of_the_app() -> None:
    facts = facts_of("import old\n", old="print 'Python 2'\n")
    assert {source.path.stem for source in facts.sources} == {"server"}
