"""Where it listens: flag, environment, script, default; one address or several."""

from __future__ import annotations

import re
import signal
import socket
import stat
import sys
from typing import TYPE_CHECKING

import pytest
from tests.ports import free_port
from tests.serve.conftest import GATED, PATIENCE
from tests.serve.listening import PLAIN, ask_at, urls_of

from uncork.serve.addresses import TcpAddress, UnixAddress, parse_address
from uncork.serve.listen import choose_addresses
from uncork.serve.options import ServeOptions, with_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serve.conftest import Serve, Write


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that is in use."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield int(holder.getsockname()[1])


@pytest.mark.parametrize(
    ("flags", "environ", "script", "listens"),
    [
        ({}, {}, [], "127.0.0.1:5000"),
        ({}, {}, [TcpAddress("0.0.0.0", 5300)], "0.0.0.0:5300"),
        ({}, {"PORT": "80"}, [TcpAddress("0.0.0.0", 5300)], "0.0.0.0:80"),
        ({}, {"PORT": ""}, [TcpAddress("0.0.0.0", 5300)], "0.0.0.0:5300"),
        ({}, {"PORT": "80", "UNCORK_SERVE_PORT": "81"}, [], "127.0.0.1:81"),
        ({"port": 0}, {"PORT": "80"}, [TcpAddress("0.0.0.0", 5300)], "0.0.0.0:0"),
        ({"host": "::1"}, {"PORT": "80"}, [TcpAddress("0.0.0.0", 5300)], "[::1]:80"),
        ({}, {"UNCORK_SERVE_HOST": "::"}, [TcpAddress("h", 5300)], "[::]:5300"),
        ({"unix_socket": "a.sock"}, {"PORT": "80"}, [TcpAddress("h", 5300)], "a.sock"),
        ({}, {"UNCORK_SERVE_UNIX_SOCKET": "b", "PORT": "80"}, [], "b"),
        ({"port": 80}, {"UNCORK_SERVE_UNIX_SOCKET": "b"}, [], "127.0.0.1:80"),
        ({}, {}, [UnixAddress("c.sock")], "c.sock"),
        ({"port": 80}, {}, [UnixAddress("c.sock")], "127.0.0.1:80"),
        ({}, {}, [TcpAddress("a", 1), TcpAddress("b", 1)], "a:1, b:1"),
        ({"host": "c"}, {}, [TcpAddress("a", 1), TcpAddress("b", 1)], "c:1"),
        ({"port": 0}, {}, [TcpAddress("::1", 5300)], "[::1]:0"),
        ({}, {"PORT": "80"}, [TcpAddress("::", 5300)], "[::]:80"),
        ({}, {"PORT": "80", "UNCORK_PORT": "82", "UNCORK_SERVE_PORT": "81"}, [], "127.0.0.1:81"),
        ({}, {"PORT": "80", "UNCORK_HOST": "h"}, [], "h:80"),
        ({"listen": (":80", "unix:a")}, {"PORT": "81"}, [TcpAddress("h", 1)], "0.0.0.0:80, a"),
        ({"listen": ("a:1", "a:1")}, {"UNCORK_SERVE_UNIX_SOCKET": "b"}, [], "a:1"),
        ({}, {"UNCORK_SERVE_LISTEN": "[::1]:80,a:81 unix:b", "PORT": "1"}, [], "[::1]:80, a:81, b"),
        ({}, {"UNCORK_LISTEN": "a:1", "UNCORK_SERVE_LISTEN": "b:1"}, [], "b:1"),
        ({"port": 80}, {"UNCORK_SERVE_LISTEN": "a:1"}, [TcpAddress("h", 1)], "h:80"),
        ({"unix_socket": "u"}, {"UNCORK_SERVE_LISTEN": "a:1"}, [], "u"),
    ],
)
def test_a_flag_comes_before_the_environment_before_the_script(
    flags: dict[str, object],
    environ: dict[str, str],
    script: list[TcpAddress | UnixAddress],
    listens: str,
) -> None:
    options = with_environment(ServeOptions(**flags), environ)  # type: ignore[arg-type]
    assert ", ".join(map(str, choose_addresses(script, options))) == listens


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:80", TcpAddress("127.0.0.1", 80)),
        ("localhost:0", TcpAddress("localhost", 0)),
        ("[::1]:80", TcpAddress("::1", 80)),
        ("[fe80::1%eth0]:80", TcpAddress("fe80::1%eth0", 80)),
        (":80", TcpAddress("0.0.0.0", 80)),
        ("unix:/run/a b.sock", UnixAddress("/run/a b.sock", 0o660)),
        ("unix:///run/a.sock", UnixAddress("/run/a.sock", 0o660)),
    ],
)
def test_an_address_is_written_in_one_of_four_ways(
    text: str, address: TcpAddress | UnixAddress
) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("8000", "it is HOST:8000, or :8000 for every address of this machine"),
        ("::1:8000", "an IPv6 address stands in brackets"),
        ("[::1]", "it is HOST:PORT"),
        ("http://127.0.0.1:80", "without http://"),
        ("*:80", "every address of this machine is :80"),
        ("/run/app.sock", "a unix socket is unix:PATH"),
        ("unix:", "names no path"),
        ("a:http", "'http' is not a port number"),
        ("a:", "'' is not a port number"),
        ("a:65536", "'65536' is not a port number"),
    ],
)
def test_an_address_that_is_none_is_explained(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=re.escape(remedy)) as caught:
        parse_address(text)
    assert repr(text) in str(caught.value)


@pytest.mark.process
@pytest.mark.parametrize("module", ["uncork serve", "uncork.serve"])
@pytest.mark.parametrize(
    ("options", "fact"),
    [
        (["--listen", ":80", "--port", "1"], "--listen takes the place of --host and --port"),
        (["--listen", ":80", "--host", "a"], "--listen takes the place of --host and --port"),
        (["--unix-socket", "a", "--listen", ":1"], "--listen takes the place of --unix-socket"),
        (["--listen", ":80", "--listen", "8000"], "'8000' is no address to listen on"),
    ],
)
def test_addresses_that_exclude_each_other_are_wrong_use(
    serve: Serve, write: Write, module: str, options: list[str], fact: str
) -> None:
    own = [sys.executable, "-m", "uncork", "serve"] if module == "uncork serve" else None
    server = serve(*options, write(GATED), command=own)
    assert server.wait() == 2
    assert fact in server.lines[-2]
    assert server.lines[-1].startswith("hint: ")


@pytest.mark.process
@pytest.mark.parametrize("way", ["flags", "one flag", "variable", "settings file"])
def test_several_addresses_are_served_at_once(
    serve: Serve, write: Write, tmp_path: Path, way: str
) -> None:
    write(PLAIN, "app.py")
    addresses = ["127.0.0.1:0", "[::1]:0", f"unix:{tmp_path}/app.sock"]
    options = {
        "flags": [word for each in addresses for word in ("--listen", each)],
        "one flag": ["--listen", ",".join(addresses)],
    }.get(way, [])
    env = {"UNCORK_SERVE_LISTEN": " ".join(addresses)} if way == "variable" else {}
    if way == "settings file":
        (tmp_path / "uncork.toml").write_text(f"[serve]\nlisten = {addresses}\n")
    own = [sys.executable, "-m", "uncork", "serve"]
    server = serve(*options, "app:app", command=own, env=env)
    urls = urls_of(server)
    assert [url.rpartition(":")[0] for url in urls] == ["http://127.0.0.1", "http://[::1]", "unix"]
    for url in urls[:2]:
        assert ask_at(url) == url.rpartition(":")[2].encode()
    assert ask_at(urls[2])
    assert server.stop() == 0
    assert not (tmp_path / "app.sock").exists()


@pytest.mark.process
def test_what_a_script_passes_is_overruled_by_the_environment_and_that_by_a_flag(
    serve: Serve, write: Write, taken: int
) -> None:
    script = write(f"from flask import Flask\nFlask(__name__).run('127.0.0.2', {taken})\n")
    port = free_port()
    for options, env, url in (
        ([], {"PORT": str(port)}, f"http://127.0.0.2:{port}"),
        (["--port", str(port)], {"PORT": str(taken)}, f"http://127.0.0.2:{port}"),
        (["--host", "localhost"], {"PORT": str(port)}, f"http://127.0.0.1:{port}"),
        ([], {"UNCORK_LISTEN": f"127.0.0.3:{port}", "PORT": "1"}, f"http://127.0.0.3:{port}"),
    ):
        server = serve(*options, script, env=env)
        assert server.url == url
        assert server.stop() == 0


@pytest.mark.process
@pytest.mark.parametrize("host", ["::", "0.0.0.0"])
def test_every_address_is_told_with_urls_that_can_be_clicked(
    serve: Serve, write: Write, host: str
) -> None:
    """``::`` takes IPv4, too, as werkzeug's does."""
    server = serve(write(PLAIN + f"\n    from werkzeug.serving import run_simple\n"
                         f"    run_simple({host!r}, 0, app)\n"))  # fmt: skip
    line = server.wait_for("is every address of this machine: ")
    assert line.startswith(f"uncork: {host} is")
    for url in re.findall(r"http://[^\s,]+", line):
        assert ask_at(url) == str(server.port).encode()
    assert ask_at(f"http://127.0.0.1:{server.port}") == str(server.port).encode()


@pytest.mark.process
def test_ipv6_is_served(serve: Serve, write: Write) -> None:
    write(PLAIN, "app.py")
    server = serve("--host", "::1", "--port", "0", "app:app")
    assert server.url.startswith("http://[::1]:")
    with socket.create_connection(("::1", server.port), PATIENCE) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert client.makefile("rb").read().endswith(str(server.port).encode())


@pytest.mark.process
def test_a_unix_socket_is_made_and_removed(serve: Serve, write: Write, tmp_path: Path) -> None:
    write(PLAIN, "app.py")
    path = tmp_path / "app.sock"
    server = serve("--unix-socket", "app.sock", "app:app")
    assert server.url == f"unix:{path}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert ask_at(f"unix:{path}")
    second = serve("--unix-socket", "app.sock", "app:app")
    assert second.wait() == 7
    assert f"error: {path} is in use" in second.lines
    assert server.stop() == 0
    assert not path.exists()


@pytest.mark.process
def test_the_socket_of_a_server_that_was_killed_is_taken_over(
    serve: Serve, write: Write, tmp_path: Path
) -> None:
    write(PLAIN, "app.py")
    server = serve("--unix-socket", "app.sock", "app:app")
    server.stop(signal.SIGKILL)
    assert (tmp_path / "app.sock").exists()
    server = serve("--unix-socket", "app.sock", "app:app")
    assert server.url
    assert ask_at(f"unix:{tmp_path}/app.sock")
