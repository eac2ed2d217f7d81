"""Scripts that start gevent, eventlet, tornado or gunicorn themselves.

They run in an environment that has these libraries and no uncork.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from tests.environments import interpreter
from tests.serve.test_interpreter import runner

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serve.conftest import Serve, Server, Write

    Start = Callable[..., Server]

APP = """
    {first}
    import atexit, os, signal, socket, sys, threading, time
    from flask import Flask, Response, request

    app = Flask(__name__)

    def pause():
        {sleep}(0.005)

    def wait_for_gate():
        while not os.path.exists("gate"):
            pause()

    @app.route("/")
    def index():
        return request.scheme + " " + str(app.debug)

    @app.route("/held/<name>")
    def held(name):
        print("held", name)
        wait_for_gate()
        return "let go " + name

    @app.route("/download")
    def download():
        def chunks():
            yield b"x" * 65536
            print("downloading")
            wait_for_gate()
            for _ in range(63):
                yield b"x" * 65536
        return Response(chunks(), headers={{"Content-Length": str(64 * 65536)}})

    master = int(os.environ.setdefault("MASTER", str(os.getpid())))

    def say(line):
        if os.getpid() == master:  # gunicorn's workers leave by the same way.
            print(line)

    atexit.register(say, "at exit")

    if __name__ == "__main__":
        try:
{run}
            say("behind run")
        finally:
            say("finally")
"""
PATCHED_GEVENT = "from gevent import monkey; monkey.patch_all()"
OLD = "import warnings; warnings.simplefilter('ignore')\n    import eventlet"
PATCHED_EVENTLET = f"{OLD}; eventlet.monkey_patch()"
TORNADO = """
from concurrent.futures import ThreadPoolExecutor
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.web import Application, FallbackHandler
from tornado.wsgi import WSGIContainer
import asyncio
container = WSGIContainer(app, ThreadPoolExecutor(60))
"""
GUNICORN = """
from gunicorn.app.base import BaseApplication
class Standalone(BaseApplication):
    def __init__(self, options):
        self.options = options
        super().__init__()
    def load_config(self):
        for name, value in self.options.items():
            self.cfg.set(name, value)
    def load(self):
        return app
"""
PYWSGI = "from gevent.pywsgi import WSGIServer\n"
WSGI = "from eventlet import listen, wsgi\n"
SERVERS = {
    "gevent": (PATCHED_GEVENT, "time.sleep", f"{PYWSGI}WSGIServer(HERE, app).serve_forever()"),
    "gevent, not patched": (
        "import gevent",
        "gevent.sleep",
        f"{PYWSGI}WSGIServer(HERE, app, spawn=60, log=None).serve_forever()",
    ),
    "gevent, own socket": (
        PATCHED_GEVENT,
        "time.sleep",
        f"{PYWSGI}own = socket.create_server(HERE)\nWSGIServer(own, app).serve_forever()",
    ),
    "eventlet": (PATCHED_EVENTLET, "time.sleep", f"{WSGI}wsgi.server(listen(HERE), app)"),
    "eventlet, not patched": (
        OLD,
        "eventlet.sleep",
        f"{WSGI}wsgi.server(listen(HERE), app, log_output=False)",
    ),
    "eventlet, own socket": (
        PATCHED_EVENTLET,
        "time.sleep",
        f"{WSGI}wsgi.server(socket.create_server(HERE), app)",
    ),
    "tornado": (
        "",
        "time.sleep",
        f"{TORNADO}HTTPServer(container).listen(HERE[1], HERE[0])\nIOLoop.current().start()",
    ),
    "tornado, bind and start": (
        "",
        "time.sleep",
        (
            f"{TORNADO}s = HTTPServer(container)\ns.bind(HERE[1], HERE[0])\ns.start()\n"
            "IOLoop.instance().start()"
        ),
    ),
    "tornado, fallback": (
        "",
        "time.sleep",
        (
            f"{TORNADO}app.debug = True\n"
            "Application([('.*', FallbackHandler, {'fallback': WSGIContainer(app, "
            "ThreadPoolExecutor(60))})]).listen(HERE[1], HERE[0])\nIOLoop.current().start()"
        ),
    ),
    "tornado, own socket": (
        "",
        "time.sleep",
        (
            f"{TORNADO}HTTPServer(container)"
            ".add_socket(socket.create_server(HERE))\nIOLoop.current().start()"
        ),
    ),
    "gunicorn": ("", "time.sleep", f"{GUNICORN}Standalone({{'bind': '%s:%d' % HERE}}).run()"),
    "gunicorn, threads": (
        "",
        "time.sleep",
        f"{GUNICORN}Standalone({{'bind': '%s:%d' % HERE, 'threads': 60}}).run()",
    ),
    "gunicorn, command line": (
        "",
        "time.sleep",
        (
            "from gunicorn.app.wsgiapp import run\n"
            "sys.argv = ['gunicorn', '--bind', '%s:%d' % HERE, '--threads', '60', 'server:app']\n"
            "sys.exit(run())"
        ),
    ),
}
"""What stands first, how a view sleeps, and the run call."""
ONE_EACH = ("gevent", "eventlet", "tornado", "gunicorn, threads")


def script(kind: str, run: str | None = None, *, here: str = "('127.0.0.1', 0)") -> str:
    """A script that starts a server.

    Args:
        kind: of `SERVERS`.
        run: in place of its run call.
        here: where the run call listens.
    """
    first, sleep, own = SERVERS[kind]
    call = textwrap.indent((run or own).replace("HERE", here), " " * 12)
    return APP.format(first=first, sleep=sleep, run=call)


def starter(serve: Serve, write: Write) -> Start:
    """What starts a script in the environment that has the libraries."""

    def start(source: str, *options: str, **more: Any) -> Server:
        return serve(*options, write(source), command=runner(interpreter("flask-3")), **more)

    return start


def ends(server: Server) -> list[str]:
    """What the script says at its end."""
    return [line for line in server.lines if line in {"behind run", "finally", "at exit"}]
