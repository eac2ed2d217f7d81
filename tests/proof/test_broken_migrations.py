"""Migrations that lose something, one thing each: every one is caught, and told for what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from uncork.errors import ExitStatus

if TYPE_CHECKING:
    from tests.proof.conftest import MakeTrees, Trees

pytestmark = [pytest.mark.isolation, pytest.mark.usefixtures("isolated")]

APP = """
import argparse, atexit, functools, os, threading
from flask import Flask, Blueprint, abort, jsonify, make_response, render_template, session

app = Flask(__name__)
app.secret_key = "the-secret-of-the-tests"
{load}
counter = None
stop = threading.Event()
api = Blueprint("api", __name__, url_prefix="/api")


class Counter:
    def __init__(self, start):
        self.value = start

    def close(self):
        print("counter closed at", self.value, flush=True)
        with open("last", "w") as file:
            file.write(str(self.value))


def tick():
    stop.wait()


@app.before_request
def check():
    pass


@app.after_request
def sign(response):
    response.headers["X-Signed"] = "yes"
    return response


@app.errorhandler(404)
def missing(error):
    return "there is nothing here", 404


@app.template_filter("twice")
def twice(text):
    return text * 2


@app.context_processor
def names():
    return {{"site": "Counters"}}


@app.route("/", methods=["GET", "POST"])
def index():
    return render_template("index.html", value=counter.value, name={name})


@app.route("/made", methods=["GET"])
def made():
    return "made", 201


@app.route("/cookie")
def cookie():
    session["seen"] = True
    response = make_response("ok")
    response.set_cookie("theme", "dark", httponly=True)
    return response


@api.route("/value/<int:by>")
def value(by):
    return jsonify(value=counter.value * by, mode=os.environ.get("MODE", "plain"))


app.register_blueprint(api)
"""

OLD = (
    APP.format(load="", name="args.name")
    + """
if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5300)
    parser.add_argument("--name", default="World")
    parser.add_argument("--start", type=int, default=10)
    args = parser.parse_args()
    counter = Counter(args.start)
    app.config["UPLOADS"] = "uploads"
    app.extensions["counter"] = counter
    threading.Thread(target=tick, daemon=True).start()
    app.run(port=args.port)
    counter.close()
"""
)

NEW = (
    APP.format(load='app.config.from_pyfile("config.py")', name='app.config["NAME"]')
    + """
@functools.cache
def init_app():
    global counter
    counter = Counter(app.config["START"])
    app.config["UPLOADS"] = "uploads"
    app.extensions["counter"] = counter
    threading.Thread(target=tick, daemon=True).start()
    atexit.register(counter.close)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5300)
    parser.add_argument("--name", default=app.config["NAME"])
    parser.add_argument("--start", type=int, default=app.config["START"])
    args = parser.parse_args()
    app.config.update(NAME=args.name, START=args.start)
    init_app()
    app.run(port=args.port)
"""
)

CONFIG = """
import os

NAME = os.environ.get("FLASK_NAME", "World")
START = int(os.environ.get("FLASK_START", "10"))
"""

PAGE = "<h1>{{ site }}</h1>\n<p>Hello, {{ name | twice }}.</p>\n<p>{{ value }}</p>\n"

WSGI = """
def create_app():
    from server import app, init_app

    init_app()
    return app
"""

VARIANTS = [
    (("--name=Moon",), {"FLASK_NAME": "Moon"}),
    (("--start=11",), {"FLASK_START": "11"}),
]

BREAKAGES = {
    "a start-up statement is lost": (
        "server.py",
        '    app.config["UPLOADS"] = "uploads"\n',
        "",
        "the setting UPLOADS is gone; it was «'uploads' (str)»",
    ),
    "the object that views read is not made": (
        "server.py",
        '    counter = Counter(app.config["START"])\n',
        '    counter = type("Closed", (), {"close": Counter(10).close})\n',
        "GET / fails: AttributeError: type object 'Closed' has no attribute 'value'",
    ),
    "a default changes": (
        "config.py",
        '"FLASK_START", "10"',
        '"FLASK_START", "12"',
        "GET /: the body said «<p>10</p>» and says now «<p>12</p>»",
    ),
    "a value's type changes": (
        "config.py",
        'int(os.environ.get("FLASK_START", "10"))',
        'float(os.environ.get("FLASK_START", "10"))',
        "GET /: the body said «<p>10</p>» and says now «<p>10.0</p>»",
    ),
    "the clean-up is lost": (
        "server.py",
        "    atexit.register(counter.close)\n",
        "",
        "at a clean stop the app no longer says «counter closed at 10»",
    ),
    "the file that the clean-up writes is lost": (
        "server.py",
        "    atexit.register(counter.close)\n",
        '    atexit.register(print, "counter closed at", 10, flush=True)\n',
        "/last is no longer written",
    ),
    "the clean-up stays behind the run call": (
        "server.py",
        "    atexit.register(counter.close)\n\n\n",
        "\n\n",
        "at a clean stop the app no longer says «counter closed at 10»",
    ),
    "a route loses a method": (
        "server.py",
        '"/", methods=["GET", "POST"]',
        '"/", methods=["GET"]',
        "the route / (index): its methods were GET, POST and are now GET",
    ),
    "a route is lost": (
        "server.py",
        "app.register_blueprint(api)\n",
        "",
        "the route /api/value/<int:by> (api.value) is gone",
    ),
    "a converter changes": (
        "server.py",
        "<int:by>",
        "<by>",
        "the route /api/value/<int:by> (api.value) is gone",
    ),
    "a status changes": (
        "server.py",
        'return "made", 201',
        'return "made", 200',
        "GET /made answered 201 CREATED and answers now 200 OK",
    ),
    "a header is lost": (
        "server.py",
        '    response.headers["X-Signed"] = "yes"\n',
        "",
        "GET /: the header x-signed is gone; it was «yes»",
    ),
    "a cookie's flag is lost": (
        "server.py",
        "httponly=True",
        "httponly=False",
        "GET /cookie: the header set-cookie was",
    ),
    "a template changes": (
        "templates/index.html",
        "Hello, ",
        "Hallo, ",
        "GET /: the body said «<p>Hello, WorldWorld.</p>» and says now «<p>Hallo, WorldWorld.</p>»",
    ),
    "a hook is lost": (
        "server.py",
        "@app.before_request\n",
        "",
        "the before_request hooks are gone; they were «server.check»",
    ),
    "an error handler is lost": (
        "server.py",
        "@app.errorhandler(404)\n",
        "",
        "the error handler for 404 is gone; it was «server.missing»",
    ),
    "a template filter means another function": (
        "server.py",
        '@app.template_filter("twice")',
        '@app.template_filter("twice")\ndef once(text):\n    return text\n',
        "the template filter twice was «server.twice» and is now «server.once»",
    ),
    "a template name is lost": (
        "server.py",
        '{"site": "Counters"}',
        "{}",
        "GET /: the body said «<h1>Counters</h1>» and says now «<h1></h1>»",
    ),
    "an extension is not set up": (
        "server.py",
        '    app.extensions["counter"] = counter\n',
        "",
        "the extension counter is no longer set up",
    ),
    "a thread is not started": (
        "server.py",
        "    threading.Thread(target=tick, daemon=True).start()\n",
        "",
        "the thread Thread-# (tick): server.tick is not started",
    ),
    "a secret changes": (
        "server.py",
        "the-secret-of-the-tests",
        "another-secret-of-the-tests",
        "the setting SECRET_KEY has another secret value than before",
    ),
    "the run call's port changes": (
        "server.py",
        "app.run(port=args.port)",
        "app.run(port=args.port + 1)",
        "the run call's port was «5300» and is now «5301»",
    ),
    "the environment is not read": (
        "config.py",
        'int(os.environ.get("FLASK_START", "10"))',
        "10",
        "GET /: the body said «<p>11</p>» and says now «<p>10</p>»",
    ),
    "the command line does not arrive": (
        "server.py",
        "    app.config.update(NAME=args.name, START=args.start)\n",
        "    app.config.update(START=args.start)\n",
        "GET /: the body said «<p>Hello, MoonMoon.</p>» and says now «<p>Hello, WorldWorld.</p>»",
    ),
    "the hook is not called under WSGI": (
        "wsgi.py",
        "    init_app()\n",
        "",
        "GET / fails: AttributeError: 'NoneType' object has no attribute 'value'",
    ),
    "the new app does not start": (
        "wsgi.py",
        "import app, init_app",
        "import app, start_app as init_app",
        "the app does not start: ImportError: cannot import name 'start_app' from 'server'",
    ),
    "the server's own command line is read": (
        "server.py",
        '\n\nif __name__ == "__main__":\n',
        "\n\nif True:\n",
        "the app does not start: it ended with status 2 before it ran an app",
    ),
}
"""File, what stands in it, what a broken migration makes of it, what verify must say."""


def migrated(trees: MakeTrees, **broken: str) -> Trees:
    """The right migration, but for some files."""
    new = {"server.py": NEW, "config.py": CONFIG, "wsgi.py": WSGI, **broken}
    return trees({"server.py": OLD, "templates/index.html": PAGE}, new)


def test_the_right_migration_is_the_same(trees: MakeTrees) -> None:
    report = migrated(trees).verify(variants=VARIANTS)
    assert (report.status, report.differences, report.unproved) == (ExitStatus.DONE, (), ())
    assert report.compared["answers"] == 6


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_it_is_caught(breakage: str, trees: MakeTrees) -> None:
    name, right, wrong, told = BREAKAGES[breakage]
    files = {"server.py": NEW, "config.py": CONFIG, "wsgi.py": WSGI, "templates/index.html": PAGE}
    broken = files[name].replace(right, wrong)
    assert broken != files[name]
    if "behind the run call" in breakage:
        broken += "    counter.close()\n"
    report = migrated(trees, **{name: broken}).verify(variants=VARIANTS)
    said = [difference.sentence for difference in report.differences]
    assert report.status is ExitStatus.DIFFERS
    assert any(told in sentence for sentence in said), "\n".join(said)
