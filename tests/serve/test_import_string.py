"""module:app, module:factory and module, by Flask's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serve.conftest import Serve, Write

pytestmark = pytest.mark.process

FLASK = """
from flask import Flask

def make(text):
    app = Flask(__name__)
    app.route("/")(lambda: text)
    return app
"""

FOUND = {
    "app": ("place", "app = make('a')\nother = make('b')", "a"),
    "application": ("place", "application = make('a')\nother = make('b')", "a"),
    "the only one": ("place", "server = make('a')", "a"),
    "create_app": ("place", "def create_app(debug=False): return make('a')", "a"),
    "make_app": ("place", "def make_app(): return make('a')", "a"),
    "named": ("place:other", "app = make('a')\nother = make('b')", "b"),
    "factory": ("place:build", "def build(): return make('a')", "a"),
    "factory, called": ("place:build()", "def build(): return make('a')", "a"),
    "factory, given": ("place:make('a b')", "", "a b"),
    "factory, given by name": ("place:make(text='c')", "", "c"),
    "method, called": (
        "place:Holder.build('d')",
        "class Holder:\n    build = staticmethod(make)",
        "d",
    ),
    "attribute": ("place:holder.app", "class holder: app = make('a')", "a"),
    "lenient factory": (
        "place:createApp",
        "def createApp(environ=None, start_response=None): return make('a')",
        "a",
    ),
    "function": (
        "place:wsgi",
        "def wsgi(environ, start_response):\n    start_response('200 OK', [])\n    return [b'a']",
        "a",
    ),
}


@pytest.mark.parametrize("case", FOUND, ids=str)
def test_an_app_is_found_as_flask_finds_it(serve: Serve, write: Write, case: str) -> None:
    target, source, text = FOUND[case]
    write(FLASK + source, "place.py")
    server = serve("--port", "0", target, env={"PYTHONNOUSERSITE": "1"})
    assert server.get().text == text
    assert server.stop() == 0


NEEDS = "can't be called without arguments: missing a required argument"
NOT_FOUND = {
    "module": (
        "places:app",
        "",
        "error: places:app can't be imported: there is no module places",
        "did you mean place?",
    ),
    "attribute": (
        "place:ap",
        "app = make('a')",
        "error: place has no ap",
        "did you mean place:app?",
    ),
    "no app": ("place", "", "error: place has no app", "name what it calls its app: place:NAME"),
    "several": (
        "place",
        "one = make('a')\ntwo = make('b')",
        "error: place has several apps: one, two",
        "name one, such as place:one",
    ),
    "needs arguments": (
        "place:make",
        "",
        "error: place:make can't be called without arguments: missing a required argument: 'text'",
        "give literals, such as \"place:make('text')\", or add a function that calls it",
    ),
    "needs two arguments": (
        "place:create_app",
        "def create_app(config, debug): return make('a')",
        f"error: place:create_app {NEEDS}: 'config'",
        "give literals, such as \"place:create_app('text')\", or add a function that calls it",
    ),
    "given too much": (
        "place:make('a', 'b')",
        "",
        "error: place:make can't be called so: too many positional arguments",
        "give literals, such as \"place:make('text')\", or add a function that calls it",
    ),
    "an app called": (
        "place:app()",
        "app = make('a')",
        f"error: place:app {NEEDS}: 'environ'",
        "did you mean place:app?",
    ),
    "an int called": (
        "place:three()",
        "three = 3",
        "error: place:three can't be called: it is an int",
        "name it as place:three",
    ),
    "not literal": (
        "place:make(name)",
        "",
        "error: place:make(name) names no app: 'make(name)' is no name and no call with literals",
        "say place:app or \"place:create_app('text', debug=False)\"",
    ),
    "no expression": (
        "place:",
        "",
        "error: place: names no app: '' is no name and no call with literals",
        "say place:app or \"place:create_app('text', debug=False)\"",
    ),
    "None": (
        "place:app",
        "app = None\nother = make('a')",
        "error: place:app is None when the module has been imported",
        "did you mean place:other?",
    ),
    "a factory of None": (
        "place:create_app",
        "def create_app(): make('a')",
        "error: place:create_app returns None",
        "name the Flask object or a function that returns it",
    ),
    "sub/module": (
        "sub/place.py:app",
        "",
        "error: sub/place.py:app is neither a script nor an import string",
        "did you mean sub.place:app?",
    ),
    "no callable": (
        "place:nothing",
        "nothing = 3",
        "error: place:nothing is no WSGI application but an int",
        "name the Flask object or a function that returns it",
    ),
    "with .py": (
        "place.py:app",
        "",
        "error: place.py:app is neither a script nor an import string",
        "did you mean place:app?",
    ),
}


@pytest.mark.parametrize("case", NOT_FOUND, ids=str)
def test_what_does_not_resolve_is_explained(serve: Serve, write: Write, case: str) -> None:
    target, source, fact, hint = NOT_FOUND[case]
    write(FLASK + source, "place_.py" if target == "places:app" else "place.py")
    hint = hint.replace("place?", "place_?") if target == "places:app" else hint
    server = serve("--port", "0", target)
    assert server.wait() == 3
    assert server.lines == [fact, f"hint: {hint}"]


def test_asgi_is_declined(serve: Serve, write: Write) -> None:
    write(
        "class App:\n    async def __call__(self, scope, receive, send): ...\napp = App()\n",
        "place.py",
    )
    server = serve("place:app")
    assert server.wait() == 4
    assert server.lines[0] == "error: place:app is an ASGI application, and uncork serves WSGI"


@pytest.mark.parametrize(
    ("source", "last"),
    [
        (
            "import nothing_of_this_name\n",
            "ModuleNotFoundError: No module named 'nothing_of_this_name'",
        ),
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
        ("def create_app(): raise ValueError('no')\n", "ValueError: no"),
    ],
)
def test_an_app_that_raises_shows_its_own_frames_alone(
    serve: Serve, write: Write, tmp_path: Path, source: str, last: str
) -> None:
    write(source, "place.py")
    server = serve("place")
    assert server.wait() == 1
    assert server.lines[0] == "Traceback (most recent call last):"
    assert server.lines[1].startswith(f'  File "{tmp_path / "place.py"}", line ')
    ended = next(line for line in reversed(server.lines) if not line.startswith("hint: "))
    assert ended == last
    assert len([line for line in server.lines if line.startswith("  File ")]) == 1


def test_an_apps_exit_hooks_run_after_the_stop(serve: Serve, write: Write) -> None:
    write(f"{FLASK}import atexit\natexit.register(print, 'closed')\napp = make('a')\n", "place.py")
    server = serve("--port", "0", "place:app")
    assert server.get().text == "a"
    assert server.stop() == 0
    assert server.lines.count("closed") == 1
