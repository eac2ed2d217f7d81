"""Who is believed about a client: behind a real nginx, beside it, and without the option."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import waitress as waitress_package
from tests.environments import interpreter
from tests.ports import free_port
from tests.serve.conftest import MAIN, PATIENCE, Answer, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.conftest import RequireTier
    from tests.serve.conftest import Serve, Server, Write

APP = """
    import os
    from flask import Flask, request, url_for

    app = Flask(__name__)
    if os.environ.get("WITH_PROXYFIX"):
        from werkzeug.middleware.proxy_fix import ProxyFix
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)

    @app.route("/who")
    def who():
        return {
            "url": url_for("who", _external=True),
            "address": request.remote_addr,
            "scheme": request.scheme,
            "route": list(request.access_route),
            "headers": sorted(name for name, _ in request.headers if name.startswith("X-F")),
        }

    if __name__ == "__main__":
        app.run(port=0)
"""
SPOOFED = {
    "X-Forwarded-For": "192.0.2.66",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-User": "admin",
    "Forwarded": "for=192.0.2.66;host=evil.example;proto=https",
}
NGINX = """
    user root;
    pid {folder}/nginx.pid;
    error_log {folder}/error.log;
    daemon off;
    events {{}}
    http {{
        access_log off;
        client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
        uwsgi_temp_path {folder}; scgi_temp_path {folder};
        server {{
            listen 127.0.0.1:{port};
            location / {{
                proxy_pass http://{upstream};
                proxy_set_header Host $http_host;
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                proxy_set_header X-Forwarded-Proto https;
                {more}
            }}
        }}
    }}
"""


@pytest.fixture
def nginx(tmp_path: Path, require_tier: RequireTier) -> Iterator[Any]:
    """Start nginx in front of ``HOST:PORT`` or ``unix:PATH``; returns its port."""
    command = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if command is None:
        require_tier("process", "apt-get install nginx-light")
    started: list[subprocess.Popen[bytes]] = []

    def start(upstream: str, more: str = "") -> int:
        port = free_port()
        folder = tmp_path / f"nginx-{port}"
        folder.mkdir()
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, port=port, upstream=upstream, more=more))
        command_line = [command, "-p", str(folder), "-e", str(folder / "error.log")]
        started.append(
            subprocess.Popen([*command_line, "-c", str(config)], stderr=subprocess.DEVNULL)
        )
        wait_until(lambda: answers(port), "nginx listens")
        return port

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def answers(port: int) -> bool:
    """Whether something listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask_who(port: int, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Who the app believes that the client is."""
    answer = get(port, headers)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = json.loads(answer.body)
    return found


def get(port: int, headers: Mapping[str, str] | None = None) -> Answer:
    """One request as a browser with another Host would send it."""
    lines = {"Host": "shop.example", "Connection": "close", **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        client.sendall(f"GET /who HTTP/1.1\r\n{head}\r\n".encode())
        return parsed(client.makefile("rb").read())


def parsed(answer: bytes) -> Answer:
    """Status and body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return Answer(int(head.split()[1]), {}, body)


def serving(serve: Serve, write: Write, *options: str) -> Server:
    """The app, and where it is."""
    server = serve(*options, write(APP))
    assert server.url
    return server


@pytest.mark.process
def test_behind_nginx_the_app_knows_its_client_and_its_own_url(
    serve: Serve, write: Write, nginx: Any
) -> None:
    server = serving(serve, write, "--trusted-proxy", "127.0.0.1")
    said = ask_who(nginx(f"127.0.0.1:{server.port}"))
    # nginx's client is this test.
    assert said["url"] == "https://shop.example/who"
    assert said["scheme"] == "https"
    assert said["address"] == "127.0.0.1"
    assert said["headers"] == ["X-Forwarded-For", "X-Forwarded-Proto"]


@pytest.mark.process
def test_a_client_that_sends_the_headers_through_nginx_is_not_believed(
    serve: Serve, write: Write, nginx: Any
) -> None:
    server = serving(serve, write, "--trusted-proxy", "127.0.0.1")
    said = ask_who(nginx(f"127.0.0.1:{server.port}"), SPOOFED)
    assert said["address"] == "127.0.0.1"
    assert said["route"] == ["127.0.0.1"]
    assert said["url"] == "https://shop.example/who"


@pytest.mark.process
def test_a_client_that_bypasses_nginx_is_not_believed(
    serve: Serve, write: Write, nginx: Any
) -> None:
    server = serving(serve, write, "--trusted-proxy", "127.0.0.2,10.0.0.0/8")
    # This one comes from 127.0.0.1, so for the app it is as good as nobody's.
    said = ask_who(nginx(f"127.0.0.1:{server.port}"), SPOOFED)
    assert said == ask_who(server.port, SPOOFED)
    assert said["address"] == "127.0.0.1"
    assert said["url"] == "http://shop.example/who"
    assert said["headers"] == []
    # The same nginx, if it connects from an address that is believed.
    said = ask_who(nginx(f"127.0.0.1:{server.port}", "proxy_bind 127.0.0.2;"), SPOOFED)
    assert said["url"] == "https://shop.example/who"


@pytest.mark.process
def test_behind_nginx_on_a_unix_socket(
    serve: Serve, write: Write, nginx: Any, tmp_path: Path
) -> None:
    path = tmp_path / "app.sock"
    server = serving(serve, write, "--unix-socket", str(path), "--trusted-proxy", "unix")
    said = ask_who(nginx(f"unix:{path}"), SPOOFED)
    assert said["address"] == "127.0.0.1"
    assert said["url"] == "https://shop.example/who"
    line = server.wait_for("GET /who")
    assert " 127.0.0.1 " in line


@pytest.mark.process
def test_two_proxies_are_counted(serve: Serve, write: Write, nginx: Any) -> None:
    server = serving(
        serve, write, "--trusted-proxy", "127.0.0.0/8", "--trusted-proxy-count", "2",
        "--trusted-proxy-headers", "for,proto,host,port,prefix",
    )  # fmt: skip
    more = "proxy_set_header X-Forwarded-Host b.example; proxy_set_header X-Forwarded-Prefix /app;"
    inner = nginx(f"127.0.0.1:{server.port}", more + "proxy_set_header X-Forwarded-Port 8443;")
    outer = nginx(f"127.0.0.1:{inner}", "proxy_bind 127.0.0.3;")
    said = ask_who(outer, {"X-Forwarded-For": "192.0.2.66"})
    assert said["route"] == ["127.0.0.1", "127.0.0.3"]
    assert said["url"] == "https://b.example:8443/app/who"
    # What the access log shows is what the app sees.
    assert " 127.0.0.1 " in server.wait_for("GET /who")


@pytest.mark.process
def test_the_access_log_has_the_clients_address(serve: Serve, write: Write) -> None:
    server = serving(serve, write, "--trusted-proxy", "127.0.0.1")
    ask_who(server.port, {"X-Forwarded-For": "192.0.2.7"})
    assert " 192.0.2.7 " in server.wait_for("GET /who")


@pytest.mark.process
def test_a_trusted_proxy_that_cannot_be_read_gets_400(serve: Serve, write: Write) -> None:
    server = serving(serve, write, "--trusted-proxy", "127.0.0.1")
    answer = get(server.port, {"X-Forwarded-For": "nobody"})
    assert answer.status == 400
    assert answer.text == "The proxy's headers can't be read: the client's address is 'nobody'\n"
    assert ask_who(server.port, {"X-Forwarded-For": "192.0.2.1"})["address"] == "192.0.2.1"
    assert server.stop() == 0
    assert "Traceback" not in server.output


@pytest.mark.process
def test_without_the_option_everything_is_as_under_python(
    serve: Serve, write: Write, nginx: Any
) -> None:
    server = serving(serve, write)
    said = ask_who(server.port, SPOOFED)
    assert said["address"] == "127.0.0.1"
    assert said["url"] == "http://shop.example/who"
    assert "X-Forwarded-For" in said["headers"]
    assert server.stop() == 0
    fixed = serve(write(APP), env={"WITH_PROXYFIX": "1"})
    said = ask_who(nginx(f"127.0.0.1:{fixed.port}"))
    assert said["address"] == "127.0.0.1"
    assert said["url"] == "https://shop.example/who"


@pytest.mark.process
def test_an_apps_own_proxyfix_finds_nothing_else_to_do(
    serve: Serve, write: Write, nginx: Any
) -> None:
    arguments = ("--trusted-proxy", "127.0.0.1", write(APP))
    server = serve(*arguments, env={"WITH_PROXYFIX": "1"})
    said = ask_who(nginx(f"127.0.0.1:{server.port}"), {"X-Forwarded-For": "192.0.2.66"})
    assert said["address"] == "127.0.0.1"
    assert said["url"] == "https://shop.example/who"


@pytest.mark.process
def test_the_option_comes_before_what_a_script_tells_waitress(serve: Serve, write: Write) -> None:
    script = APP.replace(
        "app.run(port=0)",
        "__import__('waitress').serve(app, listen='127.0.0.1:0', trusted_proxy='127.0.0.1',"
        " trusted_proxy_headers='x-forwarded-for')",
    )
    by_itself = serve(write(script))
    assert ask_who(by_itself.port, SPOOFED)["address"] == "192.0.2.66"
    overruled = serve("--trusted-proxy", "unix", write(script))
    assert ask_who(overruled.port, SPOOFED)["address"] == "127.0.0.1"


@pytest.mark.process
def test_to_believe_everybody_is_said(serve: Serve, write: Write) -> None:
    server = serving(serve, write, "--trusted-proxy", "*")
    assert "uncork: --trusted-proxy *: whoever can connect is believed" in server.lines[0]
    assert ask_who(server.port, SPOOFED)["address"] == "192.0.2.66"


@pytest.mark.process
def test_proxies_are_named_by_variables_and_a_settings_file(
    serve: Serve, write: Write, tmp_path: Path
) -> None:
    script = write(APP)
    server = serve(
        script,
        env={
            "UNCORK_SERVE_TRUSTED_PROXY": "10.0.0.1, 127.0.0.1",
            "UNCORK_TRUSTED_PROXY_HEADERS": "host",
        },
    )
    assert ask_who(server.port, SPOOFED)["url"] == "http://evil.example/who"
    (tmp_path / "uncork.toml").write_text('[serve]\ntrusted-proxy = ["127.0.0.1"]\n')
    server = serve(script, command=[sys.executable, "-m", "uncork", "serve"])
    assert ask_who(server.port, SPOOFED)["address"] == "192.0.2.66"


@pytest.mark.process
def test_a_count_without_a_proxy_is_wrong_use(serve: Serve, write: Write) -> None:
    server = serve("--trusted-proxy-count", "2", write(APP))
    assert server.wait() == 2
    assert server.lines[0] == "error: --trusted-proxy-count means nothing without --trusted-proxy"


# --- servers that the script starts itself ---------------------------------------

KEPT = {
    "gevent": (
        "from gevent.pywsgi import WSGIServer\n"
        "    WSGIServer(('127.0.0.1', 0), app).serve_forever()"
    ),
    "eventlet": (
        "import eventlet, eventlet.wsgi\n"
        "    eventlet.wsgi.server(eventlet.listen(('127.0.0.1', 0)), app)"
    ),
    "tornado": (
        "from tornado.httpserver import HTTPServer; from tornado.ioloop import IOLoop\n"
        "    from tornado.wsgi import WSGIContainer\n"
        "    server = HTTPServer(WSGIContainer(app)); server.listen(0, '127.0.0.1')\n"
        "    IOLoop.current().start()"
    ),
    "gunicorn": (
        "from gunicorn.app.base import BaseApplication\n"
        "    class Own(BaseApplication):\n"
        "        def load_config(self): self.cfg.set('bind', '127.0.0.1:0')\n"
        "        def load(self): return app\n"
        "    Own().run()"
    ),
    "cheroot": (
        "from cheroot.wsgi import Server; server = Server(('127.0.0.1', 0), app); server.start()"
    ),
    "bound method": "from waitress import serve; serve(app.wsgi_app, listen='127.0.0.1:0')",
}


@pytest.mark.process
@pytest.mark.parametrize("kind", KEPT, ids=str)
def test_every_server_knows_whom_to_believe(serve: Serve, write: Write, kind: str) -> None:
    script = write(APP.replace("app.run(port=0)", KEPT[kind]))
    waitress = str(Path(waitress_package.__file__).parents[1])
    command = [interpreter("flask-3"), str(MAIN), "--waitress", waitress]
    for trusted, address in (("127.0.0.1", "192.0.2.66"), ("10.0.0.1", "127.0.0.1")):
        arguments = ("--trusted-proxy", trusted, "--access-log", "json", script)
        server = serve(*arguments, command=command)
        said = ask_who(server.port, SPOOFED)
        # What a server of the script's own does not follow is said.
        unused = [line for line in server.lines if line.endswith("does not know --access-log")]
        assert len(unused) == (kind in {"gevent", "eventlet", "tornado", "gunicorn"})
        assert said["address"] == address
        assert bool(said["headers"]) == (trusted == "127.0.0.1")
        assert server.stop() == 0
