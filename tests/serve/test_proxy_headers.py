"""What a trusted proxy says of a client, and how it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.serve.test_proxies import SPOOFED

from uncork.errors import UsageError
from uncork.serve.accesslog import CLIENT
from uncork.serve.options import ServeOptions, need_trusted_proxy, proxy_header_list, proxy_list
from uncork.serve.proxies import MalformedHeaderError, TrustedProxies

if TYPE_CHECKING:
    from collections.abc import Mapping


def believed(
    said: Mapping[str, str], headers: str = "for,proto,host,port,prefix", count: int = 1
) -> dict[str, Any]:
    """A request's environ behind a trusted proxy that says something."""
    environ: dict[str, Any] = {
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "4000",
        "wsgi.url_scheme": "http",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "5000",
        "HTTP_HOST": "app.example",
        "SCRIPT_NAME": "",
    }
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in said.items()}
    TrustedProxies(["127.0.0.1"], count, proxy_header_list(headers)).believe(environ)
    return environ


@pytest.mark.parametrize(
    ("header", "address", "port"),
    [
        ("192.0.2.1", "192.0.2.1", None),
        ("192.0.2.66, 192.0.2.1", "192.0.2.1", None),
        ("192.0.2.1:4711", "192.0.2.1", "4711"),
        ("2001:db8::1", "2001:db8::1", None),
        ("[2001:db8::1]", "2001:db8::1", None),
        ('"[2001:db8::1]:4711"', "2001:db8::1", "4711"),
        ("unknown", "127.0.0.1", "4000"),
        ("", "127.0.0.1", "4000"),
    ],
)
def test_the_clients_address_is_read_as_proxies_write_it(
    header: str, address: str, port: str | None
) -> None:
    environ = believed({"X-Forwarded-For": header})
    assert environ["REMOTE_ADDR"] == address
    assert environ.get("REMOTE_PORT") == port
    assert environ.get(CLIENT) == (None if address == "127.0.0.1" else address)


def test_a_chain_of_proxies_is_counted_from_its_end() -> None:
    said = {
        "X-Forwarded-For": "192.0.2.66, 192.0.2.1, 10.0.0.1",
        "X-Forwarded-Proto": "http, https, http",
    }
    environ = believed(said, count=2)
    assert environ["REMOTE_ADDR"] == "192.0.2.1"
    assert environ["wsgi.url_scheme"] == "https"
    # Apps read the first hop, which must not be what the client made up.
    assert environ["HTTP_X_FORWARDED_FOR"] == "192.0.2.1, 10.0.0.1"
    # Fewer than that: whoever came has passed fewer proxies.
    assert believed({"X-Forwarded-For": "192.0.2.1"}, count=2)["REMOTE_ADDR"] == "192.0.2.1"


@pytest.mark.parametrize(
    ("said", "scheme", "host", "port"),
    [
        ({"proto": "https"}, "https", "app.example", "443"),
        ({"proto": "WSS"}, "https", "app.example", "443"),
        ({"proto": "http"}, "http", "app.example", "80"),
        ({"host": "b.example"}, "http", "b.example", "80"),
        ({"host": "b.example:81"}, "http", "b.example:81", "81"),
        ({"host": "b.example:81", "port": "82"}, "http", "b.example:81", "81"),
        ({"port": "8443", "proto": "https"}, "https", "app.example:8443", "8443"),
        ({"port": "443", "proto": "https"}, "https", "app.example", "443"),
        ({"host": "[::1]", "port": "8443"}, "http", "[::1]:8443", "8443"),
    ],
)
def test_scheme_host_and_port_make_one_url(
    said: dict[str, str], scheme: str, host: str, port: str
) -> None:
    environ = believed({f"X-Forwarded-{name}": value for name, value in said.items()})
    assert environ["wsgi.url_scheme"] == scheme
    assert environ["HTTP_HOST"] == host
    assert environ["SERVER_PORT"] == port


def test_a_prefix_is_what_url_for_puts_back() -> None:
    assert believed({"X-Forwarded-Prefix": "/app/"})["SCRIPT_NAME"] == "/app"
    assert believed({"X-Forwarded-Prefix": "/a/b"})["SCRIPT_NAME"] == "/a/b"
    assert believed({"X-Forwarded-Prefix": "/"})["SCRIPT_NAME"] == ""


def test_only_what_is_named_is_believed_and_the_rest_does_not_reach_the_app() -> None:
    environ = believed(SPOOFED, headers="for,proto")
    assert environ["REMOTE_ADDR"] == "192.0.2.66"
    assert environ["HTTP_HOST"] == "app.example"
    assert environ["SCRIPT_NAME"] == ""
    left = {name for name in environ if "FORWARDED" in name}
    # Who the user is, a proxy that authenticates says; it is trusted.
    assert left == {"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_USER"}


@pytest.mark.parametrize(
    ("header", "address", "scheme", "host"),
    [
        ("for=192.0.2.1;proto=https;host=b.example", "192.0.2.1", "https", "b.example"),
        ('For="[2001:db8::1]:4711"; Proto=HTTPS', "2001:db8::1", "https", "app.example"),
        ("for=192.0.2.66, for=192.0.2.1", "192.0.2.1", "http", "app.example"),
        ("for=_hidden;by=203.0.113.43", "127.0.0.1", "http", "app.example"),
        ('for="192.0.2.1";x="a,b;c\\"d"', "192.0.2.1", "http", "app.example"),
    ],
)
def test_forwarded_is_read_as_rfc_7239_writes_it(
    header: str, address: str, scheme: str, host: str
) -> None:
    environ = believed({"Forwarded": header}, headers="forwarded")
    assert environ["REMOTE_ADDR"] == address
    assert environ["wsgi.url_scheme"] == scheme
    assert environ["HTTP_HOST"] == host


def test_of_several_hops_in_forwarded_the_outermost_trusted_one_counts() -> None:
    header = "for=192.0.2.66;host=evil, for=192.0.2.1;proto=https, for=10.0.0.1;host=b.example"
    environ = believed({"Forwarded": header}, headers="forwarded", count=2)
    assert environ["REMOTE_ADDR"] == "192.0.2.1"
    assert environ["wsgi.url_scheme"] == "https"
    assert environ["HTTP_HOST"] == "b.example"
    assert environ["HTTP_FORWARDED"] == "for=192.0.2.1;proto=https, for=10.0.0.1;host=b.example"


@pytest.mark.parametrize(
    "said",
    [
        {"X-Forwarded-For": "localhost"},
        {"X-Forwarded-For": ":80"},
        {"X-Forwarded-For": "1.2.3.4.5"},
        {"X-Forwarded-For": "<script>"},
        {"X-Forwarded-Proto": "gopher"},
        {"X-Forwarded-Host": "a b"},
        {"X-Forwarded-Host": "a/b"},
        {"X-Forwarded-Host": "a@b"},
        {"X-Forwarded-Port": "http"},
        {"X-Forwarded-Prefix": "app"},
        {"X-Forwarded-Prefix": "//evil.example"},
        {"X-Forwarded-Prefix": "/\\evil.example"},
        {"X-Forwarded-Prefix": "/a?b"},
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(MalformedHeaderError):
        believed(said)


@pytest.mark.parametrize("header", ["for", "for=", "for=a b", 'for="a', "=a", "for=1.2.3.4;;x"])
def test_a_forwarded_that_cannot_be_read_is_refused(header: str) -> None:
    with pytest.raises(MalformedHeaderError):
        believed({"Forwarded": header}, headers="forwarded")


@pytest.mark.parametrize(
    ("peers", "trusted", "others"),
    [
        ("127.0.0.1", ["127.0.0.1", "::ffff:127.0.0.1"], ["127.0.0.2", "::1", "localhost", ""]),
        ("10.0.0.0/8,::1", ["10.1.2.3", "::1"], ["11.0.0.1", "::2"]),
        ("10.1.2.3/8", ["10.9.9.9"], ["11.0.0.1"]),
        ("fe80::/10", ["fe80::1%eth0"], ["2001:db8::1"]),
        ("unix", ["localhost", ""], ["127.0.0.1"]),
        ("*", ["127.0.0.1", "::1", "localhost"], []),
    ],
)
def test_peers_are_addresses_networks_and_unix_sockets(
    peers: str, trusted: list[str], others: list[str]
) -> None:
    proxies = TrustedProxies(proxy_list(peers), 1, ["for"])
    assert [peer for peer in trusted + others if proxies.trusts(peer)] == trusted


def test_what_is_said_of_proxies_needs_one_that_is_trusted() -> None:
    need_trusted_proxy(ServeOptions(trusted_proxy=("unix",), trusted_proxy_count=2))
    with pytest.raises(UsageError, match="--trusted-proxy-count means nothing without"):
        need_trusted_proxy(ServeOptions(trusted_proxy_count=2))
    for wrong in ("localhost", "10.0.0.0/33", "", "300.0.0.1"):
        with pytest.raises(ValueError, match=r"is no IP address|is empty"):
            proxy_list(wrong)
    with pytest.raises(ValueError, match="excludes the others"):
        proxy_header_list("forwarded,for")
    assert proxy_header_list("X-Forwarded-For Proto") == ("for", "proto")
