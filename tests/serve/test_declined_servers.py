"""Servers, and settings of servers, that can't be honoured are declined with place and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.serve.wsgi_scripts import APP, starter

if TYPE_CHECKING:
    from tests.serve.conftest import Serve, Write
    from tests.serve.wsgi_scripts import Run

pytestmark = pytest.mark.process


@pytest.fixture
def run(serve: Serve, write: Write) -> Run:
    """Serve the two apps, with lines of the test's own behind them."""
    return starter(serve, write)


DECLINED = {
    "wsgiref, a handler": (
        (
            "from wsgiref.simple_server import make_server, WSGIRequestHandler\n"
            "class Mine(WSGIRequestHandler):\n"
            "    def get_environ(self): return {}\n"
            "made = make_server('127.0.0.1', 0, app, handler_class=Mine)\n"
            "made.serve_forever()"
        ),
        "WSGIServer changes get_environ of wsgiref's server, which is not used",
    ),
    "wsgiref, a filter": (
        (
            "from wsgiref.simple_server import make_server, WSGIServer\n"
            "class Mine(WSGIServer):\n"
            "    def verify_request(self, *args): return False\n"
            "made = make_server('127.0.0.1', 0, app, Mine)\n"
            "made.serve_forever()"
        ),
        "Mine changes verify_request of wsgiref's server, which is not used",
    ),
    "wsgiref, https": (
        (
            "import ssl\nfrom wsgiref.simple_server import make_server\n"
            "made = make_server('127.0.0.1', 0, app)\n"
            "made.socket = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).wrap_socket("
            "made.socket, server_side=True)\n"
            "made.serve_forever()"
        ),
        "the server's socket is SSLSocket, and uncork serve speaks no https",
    ),
    "cheroot, https": (
        (
            "from cheroot import wsgi\n"
            "made = wsgi.Server(('127.0.0.1', 0), app)\n"
            "made.ssl_adapter = object()\n"
            "made.start()"
        ),
        "ssl_adapter asks for https, which uncork serve does not speak",
    ),
    "cheroot, a gateway": (
        (
            "from cheroot import wsgi\n"
            "class Mine(wsgi.Gateway_10): pass\n"
            "made = wsgi.Server(('127.0.0.1', 0), app)\n"
            "made.gateway = Mine\n"
            "made.start()"
        ),
        "Server changes gateway of cheroot, which is not used",
    ),
    "cherrypy": (
        (
            "import cherrypy\n"
            "cherrypy.tree.graft(app, '/')\n"
            "cherrypy.config.update({'environment': 'production'})\n"
            "cherrypy.engine.start()"
        ),
        (
            "CherryPy's engine runs this app: it restarts the process by itself and waits for a "
            "port of its own"
        ),
    ),
    "uvicorn": (
        "import fastapi, uvicorn\nuvicorn.run(fastapi.FastAPI(), port=0)",
        "this is an ASGI application, and uncork serves WSGI",
    ),
    "uvicorn, by name": (
        "import uvicorn\nuvicorn.run('elsewhere:app', port=0, reload=True)",
        "this is an ASGI application, and uncork serves WSGI",
    ),
    "uvicorn around Flask": (
        "import asgiref.wsgi, uvicorn\nuvicorn.run(asgiref.wsgi.WsgiToAsgi(app), port=0)",
        "an ASGI server runs a WSGI app here",
    ),
    "uvicorn's server": (
        (
            "import a2wsgi, asyncio, uvicorn\n"
            "made = uvicorn.Server(uvicorn.Config(a2wsgi.WSGIMiddleware(app), port=0))\n"
            "asyncio.run(made.serve())"
        ),
        "an ASGI server runs a WSGI app here",
    ),
    "quart": (
        "from quart import Quart\nQuart('q').run(port=0)",
        "this is an ASGI application, and uncork serves WSGI",
    ),
    "hypercorn": (
        (
            "import asyncio, quart, hypercorn.asyncio\n"
            "from hypercorn.config import Config\n"
            "asyncio.run(hypercorn.asyncio.serve(quart.Quart('q'), Config()))"
        ),
        "this is an ASGI application, and uncork serves WSGI",
    ),
    "connexion": (
        "import connexion\nconnexion.FlaskApp('c').run(port=0)",
        "this is an ASGI application, and uncork serves WSGI",
    ),
}


@pytest.mark.parametrize("case", DECLINED, ids=str)
def test_what_cannot_be_honoured_is_declined_with_its_place(run: Run, case: str) -> None:
    lines, fact = DECLINED[case]
    server = run(lines)
    assert server.wait() == 4
    line = len(APP.splitlines()) + 1 + len(lines.splitlines())
    found = [each for each in server.lines if each.startswith("error: ")]
    assert found == [f"error: server.py:{line}: {fact}"]
    hint = server.lines[server.lines.index(found[0]) + 1]
    assert hint.startswith("hint: ")
    assert ("app.run()" in hint) == (
        "around Flask" in case or "a WSGI app" in fact or case == "cherrypy"
    )
