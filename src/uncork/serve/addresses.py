"""Addresses to listen on, and how they are written. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEFAULT_HOST = "127.0.0.1"
"""Flask's own default: https://flask.palletsprojects.com/en/stable/api/#flask.Flask.run."""
DEFAULT_PORT = 5000
"""Flask's own default."""
LARGEST_PORT = 65535
EVERY_HOST = "0.0.0.0"  # noqa: S104 - what ":PORT" means everywhere is written here, not listened on
SHARED_MODE = 0o660
"""Of the socket that --unix-socket makes: a proxy in the app's group can use it."""
_UNIX = "unix:"
_TCP = re.compile(
    r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|(?P<name>[^\s:/\[\]*]*)):(?P<port>[^:]*)"
)
_SEPARATOR = re.compile(r"[,\s]+")


@dataclass(frozen=True)
class TcpAddress:
    """A host and a port.

    Args:
        host: a name or a numeric address.
        port: 0 asks the system for a free one.
        only_ipv6: an IPv6 wildcard leaves IPv4 alone; waitress asks for that, werkzeug does not.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    only_ipv6: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True)
class UnixAddress:
    """A unix socket's path, and the mode of its file; None leaves that to the umask."""

    path: str
    mode: int | None = None

    def __str__(self) -> str:
        return self.path


Address = TcpAddress | UnixAddress


def port_number(text: str) -> int:
    """A TCP port; 0 asks the system for a free one."""
    if not text.isascii() or not text.isdigit() or int(text) > LARGEST_PORT:
        raise ValueError(f"{text!r} is not a port number from 0 to {LARGEST_PORT}")
    return int(text)


def parse_address(text: str) -> Address:
    """An address as ``--listen`` takes it.

    ``:PORT`` is every IPv4 address of the machine, as for gunicorn and docker.

    Args:
        text: ``HOST:PORT``, ``[::1]:PORT``, ``:PORT`` or ``unix:PATH``.

    Raises:
        ValueError: it is none of these; the sentence says how it is written.
    """
    if text.startswith(_UNIX):
        path = text.removeprefix(_UNIX)
        # werkzeug writes unix:// before a path.
        path = path.removeprefix("//")
        if not path:
            raise ValueError(f"{text!r} names no path: it is written unix:/run/app.sock")
        return UnixAddress(path, SHARED_MODE)
    found = _TCP.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no address to listen on: {_written(text)}")
    try:
        port = port_number(found["port"])
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}") from error
    return TcpAddress(found["ipv6"] or found["name"] or EVERY_HOST, port)


def _written(text: str) -> str:
    if "://" in text:
        return "it is HOST:PORT, without http://"
    if text.isascii() and text.isdigit():
        return f"it is HOST:{text}, or :{text} for every address of this machine"
    if text.count(":") > 1 and "[" not in text:
        return "an IPv6 address stands in brackets, as in [::1]:8000"
    if text.startswith("*:"):
        return f"every address of this machine is {text.removeprefix('*')}"
    if "/" in text:
        return f"a unix socket is {_UNIX}PATH"
    return "it is HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH"


def address_list(text: str) -> tuple[str, ...]:
    """Addresses, separated by commas or spaces; each is checked and stays as it is written.

    Raises:
        ValueError: one is none, or there is none at all.
    """
    words = tuple(word for word in _SEPARATOR.split(text) if word)
    if not words:
        raise ValueError("it is empty")
    for word in words:
        parse_address(word)
    return words
