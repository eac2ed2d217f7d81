"""Servers beside the app keep their ports; options, systemd's socket and READY are the app's."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from tests.environments import interpreter
from tests.ports import free_port
from tests.serve.conftest import wait_until
from tests.serve.test_interpreter import runner
from tests.serve.wsgi_scripts import APP, fetch, listens, starter

if TYPE_CHECKING:
    from tests.serve.conftest import Gate, Serve, Write
    from tests.serve.wsgi_scripts import Run

pytestmark = pytest.mark.process


@pytest.fixture
def run(serve: Serve, write: Write) -> Run:
    """Serve the two apps, with lines of the test's own behind them."""
    return starter(serve, write)


BESIDE = {
    "prometheus_client": (
        "import prometheus_client\nprometheus_client.start_http_server({port}, '127.0.0.1')"
    ),
    "prometheus_flask_exporter": (
        "from prometheus_flask_exporter import PrometheusMetrics\n"
        "PrometheusMetrics(app, path=None).start_http_server("
        "{port}, host='127.0.0.1', endpoint='/')"
    ),
    "another Flask": (
        "threading.Thread(target=other.run, kwargs={{'port': {port}}}, daemon=True).start()"
    ),
    "waitress with another app": (
        "import waitress\nfrom prometheus_client import make_wsgi_app\n"
        "threading.Thread(target=waitress.serve, args=(make_wsgi_app(),), daemon=True,\n"
        "    kwargs={{'listen': '127.0.0.1:{port}'}}).start()"
    ),
    "cheroot with another app": (
        "from cheroot.wsgi import Server\nfrom prometheus_client import make_wsgi_app\n"
        "side = Server(('127.0.0.1', {port}), make_wsgi_app())\n"
        "threading.Thread(target=side.start, daemon=True).start()"
    ),
    "a server made by werkzeug": (
        "from werkzeug.serving import make_server\nfrom prometheus_client import make_wsgi_app\n"
        "side = make_server('127.0.0.1', {port}, make_wsgi_app(), threaded=True)\n"
        "threading.Thread(target=side.serve_forever, daemon=True).start()"
    ),
}


@pytest.mark.parametrize("way", BESIDE, ids=str)
def test_a_server_beside_the_app_keeps_its_port_and_the_app_gets_the_options(
    run: Run, way: str
) -> None:
    port, own = free_port(), free_port()
    # The app is run some time later, as where a model is loaded first.
    lines = BESIDE[way].format(port=own) + "\nsum(range(5_000_000))\napp.run(port=1)"
    server = run(lines, "--port", str(port))
    server.wait_for(f"uncork: serving server.py at http://127.0.0.1:{port} ")
    assert fetch(port) == "hello waitress"
    wait_until(lambda: listens(own), "a server beside the app listens")
    served = fetch(own)
    # Ours run a script's own servers; a library's metrics are its own affair.
    assert ("also serving" in server.output) == (
        way not in {"prometheus_client", "prometheus_flask_exporter", "another Flask"}
    )
    assert served == "other" if way == "another Flask" else "python_info" in served
    assert server.stop() == 0
    assert server.lines[-2:] == ["behind the call", "at exit"]


def test_a_server_beside_the_app_is_not_the_word_that_the_app_is_up(run: Run, gate: Gate) -> None:
    own = free_port()
    server = run(
        f"""
import waitress
def alive(environ, start_response):
    start_response("200 OK", [])
    return [b"alive"]
threading.Thread(
    target=waitress.serve, args=(alive,), kwargs={{"listen": "127.0.0.1:{own}"}}, daemon=True
).start()
open("gate").read()
app.run(port=0)
"""
    )
    server.wait_for(f"uncork: also serving at http://127.0.0.1:{own}")
    assert fetch(own) == "alive"
    assert not any(line.startswith("uncork: serving") for line in server.lines)
    gate.open()
    assert server.get().text == "hello waitress"


def test_of_two_apps_in_threads_the_first_gets_the_options(run: Run) -> None:
    port, own = free_port(), free_port()
    server = run(
        f"""
threads = [
    threading.Thread(target=app.run, kwargs={{"port": 1}}),
    threading.Thread(target=other.run, kwargs={{"port": {own}}}),
]
for thread in threads:
    thread.start()
    time.sleep(0.4)
for thread in threads:
    thread.join()
""",
        "--port",
        str(port),
    )
    server.wait_for(f"at http://127.0.0.1:{port}")
    server.wait_for(f"at http://127.0.0.1:{own}")
    assert fetch(port) == "hello waitress"
    assert fetch(own) == "other"
    assert server.stop() == 0
    assert server.lines[-2:] == ["behind the call", "at exit"]


@pytest.mark.parametrize("metrics", ["an import before Flask's", "an import behind it"])
def test_systemds_socket_is_the_apps_and_not_a_servers_beside_it(
    serve: Serve, write: Write, metrics: str
) -> None:
    own = free_port()
    start = f"import prometheus_client\nprometheus_client.start_http_server({own}, '127.0.0.1')\n"
    first = metrics == "an import before Flask's"
    name = write((start + APP if first else APP + start) + "app.run(port=1)\n")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        # sd_listen_fds(3): the first socket is 3, and LISTEN_PID is who may use it.
        shell = 'exec 3<&"$0"; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'
        server = serve(
            name,
            command=[
                "bash",
                "-c",
                shell,
                str(listening.fileno()),
                *runner(interpreter("servers")),
            ],
            pass_fds=[listening.fileno()],
        )
        assert server.port == port
        assert server.get().text == "hello waitress"
        assert "python_info" in fetch(own)


def test_an_asgi_server_in_a_thread_beside_the_app_stays_as_it_is(run: Run) -> None:
    port, own = free_port(), free_port()
    server = run(
        f"""
import uvicorn
async def api(scope, receive, send):
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": b"api"}})
threading.Thread(
    target=uvicorn.run, args=(api,), kwargs={{"port": {own}, "lifespan": "off"}}, daemon=True
).start()
app.run(port=1)
""",
        "--port",
        str(port),
    )
    assert server.port == port
    server.wait_for("Uvicorn running on")
    assert fetch(own) == "api"
    assert server.stop() == 0
