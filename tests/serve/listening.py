"""An app that needs no Flask, and how to ask it wherever it listens."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

from tests.serve.conftest import PATIENCE

if TYPE_CHECKING:
    from tests.serve.conftest import Server

PLAIN = """
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["SERVER_PORT"].encode()]
"""
"""An application that needs no Flask."""


def ask_at(url: str) -> bytes:
    """The last bytes of an answer: ``unix:PATH`` or ``http://HOST:PORT``."""
    if url.startswith("unix:"):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(PATIENCE)
        client.connect(url.removeprefix("unix:"))
    else:
        host, _, port = url.removeprefix("http://").rpartition(":")
        client = socket.create_connection((host.strip("[]"), int(port)), PATIENCE)
    with client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return client.makefile("rb").read().rpartition(b"\n")[2]


def urls_of(server: Server) -> list[str]:
    """All URLs of the ready line."""
    return re.findall(r"(?:http://|unix:)[^\s,]+", server.wait_for("uncork: serving"))
