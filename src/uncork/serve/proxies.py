"""Which proxies are believed, and what they say: ``--trusted-proxy``.

Without the option nothing is done here: the headers reach the app as they do
under python, and its ProxyFix, if it has one, does what it does. With it, a
middleware around the app replaces the proxy's address by the client's for
requests from a trusted peer, and takes the headers away from all others.

waitress's own proxy_headers.py is not used: it knows one address and no network,
answers 400 to the ``X-Forwarded-Proto: wss`` that Traefik sends for a websocket
and to a list there, and takes what is no address for the client's.

Only X-Forwarded-For and -Proto are believed unless more are named, as uvicorn and
ProxyFix have it: a header that the proxy does not set comes from the client, and
a proxy that most people copy together sets no X-Forwarded-Host. Forwarded (RFC
7239) excludes the others, as in waitress: a proxy sets the one kind and lets the
other pass.
"""

from __future__ import annotations

import functools
import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from uncork.serve.accesslog import CLIENT
from uncork.serve.options import ANY_PROXY, DEFAULT_PROXY_HEADERS, UNIX_PROXY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, MutableMapping, Sequence
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
    from typing import TypeAlias

    from uncork.serve.options import ServeOptions

    Application: TypeAlias = Callable[..., Iterable[bytes]]
    Environ: TypeAlias = MutableMapping[str, Any]

_DONE = "uncork_behind_proxies"
_FORWARDED = "HTTP_FORWARDED"
_NAMED = {
    "for": "HTTP_X_FORWARDED_FOR",
    "proto": "HTTP_X_FORWARDED_PROTO",
    "host": "HTTP_X_FORWARDED_HOST",
    "port": "HTTP_X_FORWARDED_PORT",
    "prefix": "HTTP_X_FORWARDED_PREFIX",
    "forwarded": _FORWARDED,
}
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>\d{1,5}))?")
_PREFIX = re.compile(r"(/[^\s/?#\\]+)*/?")
_NODE = re.compile(r"\[(?P<ipv6>[^\]]+)\](?::(?P<port6>\w+))?|(?P<ipv4>[\d.]+)(?::(?P<port4>\w+))?")
_NOBODY = re.compile(r"unknown|_[A-Za-z0-9._-]+", re.IGNORECASE)
"""What stands for a client whose address is not told: RFC 7239, 6.2 and 6.3."""
_PAIR = re.compile(r'\s*([!#$%&\'*+.^_`|~\w-]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]+)\s*')


class MalformedHeaderError(ValueError):
    """A trusted proxy sent what can't be read; the sentence names the header."""


class TrustedProxies:
    """The peers that are believed.

    Args:
        peers: IP addresses and networks, ``unix`` for whoever comes by a unix socket,
            ``*`` for everybody.
        count: how many proxies a request passes; the last ones that a header lists
            are theirs.
        headers: which headers are believed, of `uncork.serve.options.PROXY_HEADERS`.
    """

    def __init__(self, peers: Sequence[str], count: int, headers: Collection[str]) -> None:
        self._all = ANY_PROXY in peers
        self._unix = self._all or UNIX_PROXY in peers
        self._networks: list[IPv4Network | IPv6Network] = [
            ip_network(peer, strict=False) for peer in peers if peer not in {ANY_PROXY, UNIX_PROXY}
        ]
        self._count = count
        self._headers = frozenset(headers)
        self._ignored = [name for key, name in _NAMED.items() if key not in self._headers]
        self.trusts = functools.lru_cache(maxsize=1024)(self._trusts)

    def _trusts(self, peer: str) -> bool:
        """Whether a peer is believed; one without an address has come by a unix socket."""
        try:
            address: IPv4Address | IPv6Address = ip_address(peer)
        except ValueError:
            return self._unix
        mapped = getattr(address, "ipv4_mapped", None)
        # A socket for both families shows IPv4 peers as ::ffff:192.0.2.1.
        address = mapped or address
        return self._all or any(address in network for network in self._networks)

    def around(self, application: Application) -> Application:
        """The application behind these proxies; once, however often a server begins."""
        if getattr(application, _DONE, False):
            return application

        def behind_proxies(environ: Environ, start_response: Any) -> Iterable[bytes]:
            if self.trusts(environ.get("REMOTE_ADDR", "")):
                try:
                    self.believe(environ)
                except MalformedHeaderError as error:
                    return _refuse(error, start_response)
            else:
                _strip(environ)
            return application(environ, start_response)

        setattr(behind_proxies, _DONE, True)
        return behind_proxies

    def believe(self, environ: Environ) -> None:
        """Put what the proxies say into a request's environ, and leave out what is not asked for.

        Headers that list a hop for each proxy keep the trusted ones alone: apps
        read the first, which the client may have made up.

        Raises:
            MalformedHeaderError: a header can't be read.
        """
        for name in self._ignored:
            environ.pop(name, None)
        if "forwarded" in self._headers:
            said = self._of_forwarded(environ)
        else:
            said = {key: self._last(environ, _NAMED[key]) for key in self._headers}
        if address := said.get("for"):
            _set_client(environ, address)
        scheme, host, port = (said.get(key, "") for key in ("proto", "host", "port"))
        if scheme:
            _set_scheme(environ, scheme)
        if host:
            _set_host(environ, host)
        if scheme or host or port:
            _set_port(environ, port)
        if prefix := said.get("prefix"):
            _set_prefix(environ, prefix)

    def _last(self, environ: Environ, name: str) -> str:
        """What the outermost trusted proxy says; the header keeps it and what is behind it."""
        if name not in environ:
            return ""
        hops = [hop.strip() for hop in str(environ[name]).split(",")][-self._count :]
        environ[name] = ", ".join(hops)
        return hops[0].strip('"')

    def _of_forwarded(self, environ: Environ) -> dict[str, str]:
        elements = _elements(environ.get(_FORWARDED, ""))[-self._count :]
        if elements:
            environ[_FORWARDED] = ", ".join(written for written, _ in elements)
        said: dict[str, str] = {}
        for _, pairs in reversed(elements):
            said.update(pairs)
        return said


def behind_proxies(application: Application, options: ServeOptions) -> Application:
    """An application behind the proxies that the options name."""
    peers, headers = options.trusted_proxy or (), options.trusted_proxy_headers
    proxies = TrustedProxies(
        peers, options.trusted_proxy_count or 1, headers or DEFAULT_PROXY_HEADERS
    )
    return proxies.around(application)


def _elements(header: str) -> list[tuple[str, dict[str, str]]]:
    """The hops of a Forwarded header, each as it is written and by its parameters: RFC 7239, 4."""
    elements: list[tuple[str, dict[str, str]]] = []
    for written in re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^",])+', header):
        pairs = {}
        for pair in re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^";])+', written):
            found = _PAIR.fullmatch(pair)
            if found is None:
                raise MalformedHeaderError(f"Forwarded has {pair.strip()!r}")
            value = found[2]
            if value.startswith('"'):
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            pairs[found[1].lower()] = value
        elements.append((written.strip(), pairs))
    return elements


def _set_client(environ: Environ, node: str) -> None:
    if _NOBODY.fullmatch(node):
        return
    found = _NODE.fullmatch(node)
    bare = (found["ipv6"] or found["ipv4"]) if found else node
    try:
        address = str(ip_address(bare))
    except ValueError:
        raise MalformedHeaderError(f"the client's address is {node!r}") from None
    environ["REMOTE_ADDR"] = environ["REMOTE_HOST"] = environ[CLIENT] = address
    port = (found["port6"] or found["port4"]) if found else None
    environ.pop("REMOTE_PORT", None)  # The proxy's.
    if port:
        environ["REMOTE_PORT"] = port


def _set_scheme(environ: Environ, scheme: str) -> None:
    if scheme.lower() not in _SCHEMES:
        raise MalformedHeaderError(f"the client's scheme is {scheme!r}")
    environ["wsgi.url_scheme"] = _SCHEMES[scheme.lower()]


def _set_host(environ: Environ, host: str) -> None:
    found = _HOST.fullmatch(host)
    if found is None:
        raise MalformedHeaderError(f"the host is {host!r}")
    environ["HTTP_HOST"], environ["SERVER_NAME"] = host, found["host"]


def _set_port(environ: Environ, port: str) -> None:
    """The port that the client asked for: the host's own, else the one said, else the scheme's."""
    usual = _DEFAULT_PORTS[environ["wsgi.url_scheme"]]
    if port and not (port.isascii() and port.isdigit()):
        raise MalformedHeaderError(f"the port is {port!r}")
    found = _HOST.fullmatch(environ.get("HTTP_HOST", ""))
    if found is not None and found["port"]:
        port = found["port"]
    elif found is not None and port not in {"", usual}:
        environ["HTTP_HOST"] = f"{found['host']}:{port}"
    environ["SERVER_PORT"] = port or usual


def _set_prefix(environ: Environ, prefix: str) -> None:
    """What the proxy has cut off the path: url_for() puts it back, from SCRIPT_NAME."""
    if not _PREFIX.fullmatch(prefix):
        raise MalformedHeaderError(f"the prefix is {prefix!r}")
    environ["SCRIPT_NAME"] = prefix.rstrip("/")


def _strip(environ: Environ) -> None:
    """Take away what only a proxy may say: also who the user is, X-Forwarded-User and its like."""
    for name in [name for name in environ if name.startswith("HTTP_X_FORWARDED_")]:
        del environ[name]
    environ.pop(_FORWARDED, None)
    environ.pop("HTTP_X_REAL_IP", None)


def _refuse(error: MalformedHeaderError, start_response: Any) -> list[bytes]:
    body = f"The proxy's headers can't be read: {error}\n".encode("ascii", "backslashreplace")
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    start_response("400 Bad Request", headers)
    return [body]
