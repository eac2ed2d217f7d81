"""WSGI servers that scripts start: wsgiref, cheroot, bjoern, waitress however it is bound."""

from __future__ import annotations

import http.client
import shutil
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.ports import free_port
from tests.serve.conftest import in_background
from tests.serve.wsgi_scripts import APP, fetch, starter

if TYPE_CHECKING:
    from tests.serve.conftest import Gate, Serve, Write
    from tests.serve.wsgi_scripts import Run

pytestmark = pytest.mark.process

WAYS = {
    "wsgiref": (
        "from wsgiref.simple_server import make_server\n"
        "make_server('127.0.0.1', 0, app).serve_forever()"
    ),
    "wsgiref, with": (
        "import wsgiref.simple_server as w\n"
        "with w.make_server('', 0, app.wsgi_app) as httpd:\n"
        "    print('port', httpd.server_port, httpd.socket.getsockname()[1])\n"
        "    httpd.serve_forever()"
    ),
    "wsgiref, a class of its own": (
        "from socketserver import ThreadingMixIn\n"
        "from wsgiref.simple_server import WSGIServer, WSGIRequestHandler, make_server\n"
        "class Mine(ThreadingMixIn, WSGIServer):\n"
        "    daemon_threads = True\n"
        "class Quiet(WSGIRequestHandler):\n"
        "    def log_message(self, *args): pass\n"
        "make_server('127.0.0.1', 0, app, Mine, handler_class=Quiet).serve_forever()"
    ),
    "wsgiref, a class that binds": (
        "import http.server, socketserver\n"
        "from wsgiref.simple_server import WSGIServer, make_server\n"
        "class Mine(WSGIServer):\n"
        "    def server_bind(self):\n"
        "        socketserver.TCPServer.server_bind(self)\n"
        "        self.server_name, self.server_port = self.server_address\n"
        "        self.setup_environ()\n"
        "make_server('127.0.0.1', 0, app, server_class=Mine).serve_forever()"
    ),
    "wsgiref, by hand": (
        "from wsgiref.simple_server import WSGIServer, WSGIRequestHandler\n"
        "made = WSGIServer(('127.0.0.1', 0), WSGIRequestHandler)\n"
        "made.set_app(lambda environ, start: app(environ, start))\n"
        "made.serve_forever()"
    ),
    "cheroot": (
        "from cheroot import wsgi\nwsgi.Server(('127.0.0.1', 0), app, numthreads=4).start()"
    ),
    "cheroot, dispatcher": (
        "from cheroot.wsgi import PathInfoDispatcher, WSGIServer\n"
        "made = WSGIServer(('127.0.0.1', 0), PathInfoDispatcher({'/': app, '/o': other}))\n"
        "made.safe_start()"
    ),
    "cheroot, in two steps": (
        "from cheroot.wsgi import Server\n"
        "made = Server(bind_addr=('127.0.0.1', 0), wsgi_app=app)\n"
        "made.prepare()\n"
        "print('port', made.bind_addr[1], made.socket.getsockname()[1])\n"
        "made.serve()"
    ),
    "waitress, as": "import waitress as w\nw.serve(app, listen='127.0.0.1:0')",
    "waitress, wrapped": (
        "from waitress import serve\n"
        "class Logger:\n"
        "    def __init__(self, wrapped): self.wrapped = wrapped\n"
        "    def __call__(self, *args): return self.wrapped(*args)\n"
        "serve(Logger(app), host='127.0.0.1', port='0')"
    ),
    "waitress, bound before": "import binds\nbinds.serve(app, host='127.0.0.1', port=0)",
    "waitress, in two steps": (
        "from waitress.server import create_server\n"
        "made = create_server(app, host='127.0.0.1', port=0)\n"
        "print('port', made.effective_port, made.effective_listen[0][1])\n"
        "made.run()"
    ),
    "waitress, its command": (
        "from waitress.runner import run\n"
        "run(['waitress-serve', '--listen=127.0.0.1:0', 'wsgi:app'])"
    ),
}


@pytest.fixture
def run(serve: Serve, write: Write) -> Run:
    """Serve the two apps, with lines of the test's own behind them."""
    write("from waitress import serve\n", "binds.py")
    write(APP.replace('atexit.register(print, "at exit")', ""), "wsgi.py")
    return starter(serve, write)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_each_server_is_served_by_ours_and_drained(
    run: Run, gate: Gate, way: str, number: int
) -> None:
    server = run(WAYS[way])
    assert server.get().text == "hello waitress"
    request = in_background(server.get, "/held")
    server.wait_for("held")
    server.send(number)
    server.wait_for("to finish")
    gate.open()
    assert request.result().text == "let go"
    assert server.wait() == 0
    assert server.lines[-2:] == ["behind the call", "at exit"]
    for line in server.lines:
        if line.startswith("port "):
            assert line.split()[1:] == [str(server.port)] * 2


@pytest.mark.parametrize("way", [name for name in WAYS if name != "waitress, its command"], ids=str)
def test_options_come_before_what_the_script_says(run: Run, way: str) -> None:
    port = free_port()
    taken = free_port()
    with socket.create_server(("127.0.0.1", taken)):
        lines = WAYS[way].replace("'', 0", f"'127.0.0.1', {taken}")
        lines = lines.replace("'127.0.0.1', 0", f"'127.0.0.1', {taken}")
        lines = lines.replace("127.0.0.1:0", f"127.0.0.1:{taken}")
        lines = lines.replace("port=0", f"port={taken}").replace("port='0'", f"port='{taken}'")
        if way in {"wsgiref, by hand", "wsgiref, a class that binds"}:
            # Nobody knows yet what it will serve when it binds.
            lines = lines.replace(str(taken), "0")
        server = run(lines, "--port", str(port))
        assert server.url == f"http://127.0.0.1:{port}"
        assert server.get().text == "hello waitress"


CATCHING = {
    "wsgiref": (
        "from wsgiref.simple_server import make_server\n"
        "made = make_server('127.0.0.1', 0, app)\n"
        "start, stop = made.serve_forever, made.server_close"
    ),
    "cheroot": (
        "from cheroot import wsgi\n"
        "made = wsgi.Server(('127.0.0.1', 0), app)\n"
        "start, stop = made.start, made.stop"
    ),
}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("way", CATCHING, ids=str)
def test_cleanup_that_waits_for_keyboard_interrupt_runs_once(
    run: Run, way: str, number: int
) -> None:
    server = run(
        f"""
{CATCHING[way]}
def main():
    try:
        start()
        print("not reached")
    except (KeyboardInterrupt, ValueError):
        print("interrupted")
        stop()
    finally:
        print("finally")
main()
"""
    )
    assert server.stop(number) == 0
    assert server.lines[-4:] == ["interrupted", "finally", "behind the call", "at exit"]


@pytest.mark.parametrize("way", CATCHING, ids=str)
def test_a_server_is_stopped_from_another_thread(run: Run, way: str) -> None:
    stop = {"wsgiref": "shutdown", "cheroot": "stop"}[way]
    server = run(
        f"""
import urllib.request
{CATCHING[way]}
thread = threading.Thread(target=start)
thread.start()
while not getattr(made, "ready", True):
    time.sleep(0.01)
port = made.socket.getsockname()[1]
print(urllib.request.urlopen("http://127.0.0.1:%d/" % port).read().decode())
made.{stop}()
thread.join()
"""
    )
    assert server.wait() == 0
    assert "hello waitress" in server.lines
    assert server.lines[-2:] == ["behind the call", "at exit"]


def test_a_server_that_was_shut_down_before_it_serves_does_not(run: Run) -> None:
    server = run(
        f"""
{CATCHING["wsgiref"]}
early = threading.Thread(target=made.shutdown)
early.start()
early.join(0.2)
start()
stop()
"""
    )
    assert server.wait() == 0
    assert server.lines[-2:] == ["behind the call", "at exit"]
    assert "uncork: serving" not in server.output


def test_wsgiref_requests_that_the_script_takes_one_by_one_are_served(run: Run) -> None:
    server = run(
        """
from wsgiref.simple_server import make_server
made = make_server("127.0.0.1", 0, app)
for number in range(3):
    made.handle_request()
    print("answered", number)
made.server_close()
"""
    )
    for number in range(3):
        assert server.get().text == "hello waitress"
        server.wait_for(f"answered {number}")
    assert server.wait() == 0


def test_a_log_ins_single_answer_is_left_alone(run: Run) -> None:
    port, callback = free_port(), free_port()
    server = run(
        f"""
from wsgiref.simple_server import make_server
def logged_in(environ, start_response):
    start_response("200 OK", [])
    return [b"you may close this"]
made = make_server("127.0.0.1", {callback}, logged_in)
print("log in")
made.handle_request()
made.server_close()
app.run()
""",
        "--port",
        str(port),
    )
    server.wait_for("log in")
    assert fetch(callback) == "you may close this"
    assert server.url == f"http://127.0.0.1:{port}"
    assert server.get().text == "hello waitress"


# --- waitress's own settings --------------------------------------------------------


def test_waitress_serves_where_all_of_its_settings_say(run: Run, tmp_path: Path) -> None:
    server = run(
        "from waitress import serve\n"
        "serve(app, listen='127.0.0.1:0  [::1]:0', url_prefix='/p', ident='mine')"
    )
    line = server.wait_for("uncork: serving")
    urls = [word.rstrip(",") for word in line.split() if word.startswith("http://")]
    assert len(urls) == 2
    for url in urls:
        assert fetch(int(url.rpartition(":")[2]), url.rpartition(":")[0], "/p/") == "hello mine"
    other = run("from waitress import serve\nserve(app, unix_socket='own.sock')")
    assert other.url == f"unix:{tmp_path}/own.sock"
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(tmp_path / "own.sock"))
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"hello waitress"
    connection.close()
    assert other.stop() == 0
    assert not (tmp_path / "own.sock").exists()


def test_waitress_trusts_the_proxies_that_the_script_names(run: Run) -> None:
    server = run("""
from waitress import serve
@app.route("/peer")
def peer():
    return request.remote_addr
serve(app, listen="127.0.0.1:0", trusted_proxy="127.0.0.1", trusted_proxy_headers="x-forwarded-for")
""")
    assert server.get("/peer", {"X-Forwarded-For": "192.0.2.7"}).text == "192.0.2.7"


# --- bjoern, which has to be built ---------------------------------------------------

HAS_BJOERN = shutil.which("cc") is not None and Path("/usr/include/ev.h").exists()
BJOERN = {
    "run": "import bjoern\nbjoern.run(app, '127.0.0.1', PORT)",
    "in two steps": "import bjoern\nbjoern.listen(app, '127.0.0.1', PORT)\nbjoern.run()",
    "by hand": (
        "import bjoern\nsock = bjoern.bind_and_listen('127.0.0.1', PORT)\n"
        "bjoern.server_run(sock, app)"
    ),
    "unix": "import bjoern\nbjoern.run(app, 'unix:bjoern.sock')",
}


def needs_bjoern(way: str) -> object:
    """A parameter that is no part of the tier where bjoern can't be built."""
    skip = pytest.mark.skip(reason="bjoern is built: apt-get install gcc libev-dev python3-dev")
    return pytest.param(way, marks=() if HAS_BJOERN else skip)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("way", [needs_bjoern(way) for way in BJOERN])
def test_bjoerns_calls_are_served_one_request_at_a_time(
    run: Run, gate: Gate, way: str, number: int
) -> None:
    port, own = free_port(), free_port()
    options = ["--port", str(port)]
    server = run(BJOERN[way].replace("PORT", str(own)), *options, environment="bjoern")
    assert server.url == f"http://127.0.0.1:{port}"
    assert "(1 thread" in server.wait_for("uncork: serving")
    request = in_background(server.get, "/held")
    server.wait_for("held")
    server.send(number)
    server.wait_for("to finish")
    gate.open()
    assert request.result().text == "let go"
    assert server.wait() == 0
    assert server.lines[-2:] == ["behind the call", "at exit"]


@pytest.mark.parametrize("way", [needs_bjoern("statsd"), needs_bjoern("abstract")])
def test_what_bjoern_alone_can_do_is_declined(run: Run, way: str) -> None:
    call = {
        "statsd": "bjoern.run(app, '127.0.0.1', 1, statsd={'enable': True})",
        "abstract": "bjoern.run(app, 'unix:@app')",
    }[way]
    server = run(f"import bjoern\n{call}", environment="bjoern")
    assert server.wait() == 4
    assert server.lines[0].startswith("error: server.py:")
