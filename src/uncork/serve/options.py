"""The options of serve, stated once.

`ServeOptions` is the table: the runner's argument parser, the ``uncork serve``
command, the environment variables and the command line of a unit are all made
from its fields. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from uncork.errors import UsageError
from uncork.serve.addresses import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    LARGEST_PORT,
    address_list,
    port_number,
)
from uncork.serve.amounts import byte_size, connection_count, positive_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["DEFAULT_HOST", "DEFAULT_PORT", "FLAGS", "LARGEST_PORT", "Flag", "ServeOptions"]

DEFAULT_THREADS = 16
"""Measured (docs/decisions/0007): views that wait 5 ms are served 3.3 times as fast as by
waitress's 4 threads, views that compute no slower, and a thread takes 40 KB."""
DEFAULT_DRAIN_TIMEOUT = 30.0
"""Seconds; a unit's TimeoutStopSec must exceed it."""
DEFAULT_HEADER_TIMEOUT = 10.0
"""Seconds for all of a request's headers: longer than a slow network needs."""
DEFAULT_CONNECTIONS = 4096
"""Open connections, if the process may have twice as many files."""


@dataclass(frozen=True)
class Flag:
    """One option.

    Args:
        name: the field of `ServeOptions`.
        metavar: what stands for its value in help; empty, it is a switch and takes none.
        convert: its value from text; raises ValueError with a sentence.
        help: one line.
        variables: environment variables that give it, the strongest first.
        repeated: it may be given several times; `convert` returns a tuple, and so
            takes a list from a variable.
    """

    name: str
    metavar: str
    convert: Callable[[str], Any]
    help: str
    variables: tuple[str, ...]
    repeated: bool = False

    @property
    def option(self) -> str:
        """As it is typed: ``--unix-socket``."""
        return "--" + self.name.replace("_", "-")

    def words(self, value: Any) -> list[str]:
        """As it is typed with a value; nothing for None, or for a switch that is off."""
        if not self.metavar:
            return [self.option] if value else []
        if value is None:
            return []
        if self.repeated:
            return [word for each in value for word in (self.option, each)]
        return [self.option, f"{value:g}" if isinstance(value, float) else str(value)]


def thread_count(text: str) -> int:
    """How many threads run the app's views."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(f"{text!r} is not a number of threads: it is a whole number from 1 up")
    return int(text)


def seconds(text: str) -> float:
    """A time span; 0 is allowed."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise ValueError(f"{text!r} is not a number of seconds")
    return value


AUTO = "auto"
SERVERS = ("waitress", "granian")
_ON, _OFF = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def process_count(text: str) -> int | str:
    """How many processes serve; ``auto`` stays, so that it is counted where it runs."""
    if text == AUTO:
        return AUTO
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(f"{text!r} is not a number of processes: it is {AUTO}, or 1 or more")
    return int(text)


def server_name(text: str) -> str:
    """Which server serves."""
    if text not in SERVERS:
        raise ValueError(f"{text!r} is not a server: there are {' and '.join(SERVERS)}")
    return text


def switch(text: str) -> bool:
    """On or off, in a variable or a settings file; on the command line it has no value."""
    if text.lower() not in {*_ON, *_OFF}:
        raise ValueError(f"{text!r} is neither on ({', '.join(_ON)}) nor off ({', '.join(_OFF)})")
    return text.lower() in _ON


ANY_PROXY, UNIX_PROXY = "*", "unix"
PROXY_HEADERS = ("for", "proto", "host", "port", "prefix", "forwarded")
"""X-Forwarded-For and so on, and RFC 7239's Forwarded, which excludes the others."""
DEFAULT_PROXY_HEADERS = ("for", "proto")
ACCESS_JSON, ACCESS_OFF = "json", "off"
ACCESS_LOGS = ("text", ACCESS_JSON, ACCESS_OFF)


def proxy_list(text: str) -> tuple[str, ...]:
    """Peers that are believed, separated by commas or spaces."""
    from ipaddress import ip_network  # noqa: PLC0415 - most start without

    words = _words(text)
    for word in words:
        if word in {ANY_PROXY, UNIX_PROXY}:
            continue
        try:
            ip_network(word, strict=False)
        except ValueError as error:
            raise ValueError(
                f"{word!r} is no IP address, no network such as 10.0.0.0/8, "
                f"and neither {UNIX_PROXY} nor {ANY_PROXY}"
            ) from error
    return words


def proxy_header_list(text: str) -> tuple[str, ...]:
    """Headers of proxies, separated by commas or spaces."""
    words = tuple(word.lower().removeprefix("x-forwarded-") for word in _words(text))
    for word in words:
        if word not in PROXY_HEADERS:
            raise ValueError(f"{word!r} is none of {', '.join(PROXY_HEADERS)}")
    if "forwarded" in words and len(set(words)) > 1:
        raise ValueError("forwarded excludes the others: a proxy sets the one kind or the other")
    return words


def proxy_count(text: str) -> int:
    """How many proxies a request passes."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(f"{text!r} is not a number of proxies: it is a whole number from 1 up")
    return int(text)


def access_log_form(text: str) -> str:
    """How requests are logged."""
    if text not in ACCESS_LOGS:
        raise ValueError(f"{text!r} is none of {', '.join(ACCESS_LOGS)}")
    return text


def _words(text: str) -> tuple[str, ...]:
    words = tuple(text.replace(",", " ").split())
    if not words:
        raise ValueError("it is empty")
    return words


def nonempty(text: str) -> str:
    """Any text but none."""
    if not text:
        raise ValueError("it is empty")
    return text


def _flag(
    metavar: str,
    convert: Callable[[str], Any],
    help_: str,
    *variables: str,
    repeated: bool = False,
) -> Any:
    metadata = {
        "metavar": metavar,
        "convert": convert,
        "help": help_,
        "variables": variables,
        "repeated": repeated,
    }
    return field(default=None, metadata=metadata)


@dataclass(frozen=True)
class ServeOptions:
    """What the command line, then the environment, asks of the server; None, they say nothing."""

    host: str | None = _flag(
        "HOST",
        nonempty,
        f"the address to listen on; else what the script says, else {DEFAULT_HOST}",
    )
    port: int | None = _flag(
        "PORT",
        port_number,
        f"the port to listen on; else what the script says, else {DEFAULT_PORT}",
        "PORT",
    )
    unix_socket: str | None = _flag(
        "PATH", nonempty, "listen on a unix socket instead, for a proxy on this machine"
    )
    listen: tuple[str, ...] | None = _flag(
        "ADDRESS",
        address_list,
        "listen on HOST:PORT, [::1]:PORT, :PORT or unix:PATH instead; may be given several times",
        repeated=True,
    )
    threads: int | None = _flag(
        "N",
        thread_count,
        f"how many requests run at once; else what the script says, else {DEFAULT_THREADS}",
    )
    processes: int | str | None = _flag(
        "N|auto",
        process_count,
        "so many processes, each with its threads, for module:app alone; auto, one for each CPU",
    )
    preload: bool | None = _flag(
        "", switch, "with --processes: load the app once, and share its memory"
    )
    server: str | None = _flag(
        "waitress|granian", server_name, f"what serves module:app; {SERVERS[0]}"
    )
    drain_timeout: float | None = _flag(
        "SECONDS",
        seconds,
        f"how long a stop waits for requests that run or are queued; {DEFAULT_DRAIN_TIMEOUT:g}",
    )
    header_timeout: float | None = _flag(
        "SECONDS",
        positive_seconds,
        "how long a client may take from connecting to the end of its request's headers; "
        f"{DEFAULT_HEADER_TIMEOUT:g}",
    )
    connection_limit: int | None = _flag(
        "N",
        connection_count,
        "how many connections may be open, until the longest idle one goes for a new one; "
        f"{DEFAULT_CONNECTIONS}, or half of the files that the process may have",
    )
    max_body: int | None = _flag(
        "SIZE",
        byte_size,
        "the largest request body, such as 100M; else what the script says, else 1G",
    )
    trusted_proxy: tuple[str, ...] | None = _flag(
        "ADDRESS",
        proxy_list,
        "the proxies, by IP address or network, whose X-Forwarded-* headers are believed, "
        "and taken away from all others; unix, who comes by a unix socket; *, everybody; "
        "may be given several times",
        repeated=True,
    )
    trusted_proxy_count: int | None = _flag(
        "N", proxy_count, "how many proxies a request passes one after the other; 1"
    )
    trusted_proxy_headers: tuple[str, ...] | None = _flag(
        "NAME",
        proxy_header_list,
        f"which headers of a proxy are believed, of {', '.join(PROXY_HEADERS[:-1])}, or "
        f"{PROXY_HEADERS[-1]} alone; {','.join(DEFAULT_PROXY_HEADERS)}",
        repeated=True,
    )
    access_log: str | None = _flag(
        "|".join(ACCESS_LOGS),
        access_log_form,
        f"one line for each request, or none; {ACCESS_LOGS[0]}, unless the script silences "
        "werkzeug's",
    )

    @property
    def for_ours_alone(self) -> str:
        """The options given that other servers have of their own, if at all, as they are typed."""
        return ", ".join(
            _as_typed([name]) for name in _OURS_ALONE if getattr(self, name) is not None
        )

    @property
    def places(self) -> list[tuple[str, ...]]:
        """The options that say where to listen, by groups that exclude each other."""
        return [
            place for place in _PLACES if any(getattr(self, name) is not None for name in place)
        ]


_OURS_ALONE = ("threads", "header_timeout", "connection_limit", "max_body", "access_log")
_PLACES = (("listen",), ("unix_socket",), ("host", "port"))
"""The strongest first."""
FLAGS: tuple[Flag, ...] = tuple(
    Flag(
        f.name,
        f.metadata["metavar"],
        f.metadata["convert"],
        f.metadata["help"],
        (f"UNCORK_SERVE_{f.name.upper()}", f"UNCORK_{f.name.upper()}", *f.metadata["variables"]),
        f.metadata["repeated"],
    )
    for f in fields(ServeOptions)
)


def with_environment(options: ServeOptions, environ: Mapping[str, str]) -> ServeOptions:
    """The options with what they leave open taken from environment variables.

    An empty variable counts as none. A unix socket or a list of addresses keeps
    PORT, which hosting platforms always set, from mattering.

    Raises:
        UsageError: two options exclude each other, or a variable holds a wrong value.
    """
    strongest, *others = options.places or [()]
    if others:
        raise UsageError(
            f"{_as_typed(strongest)} takes the place of {_as_typed(others[0])}",
            hint="say one or the other",
        )
    said = ServeOptions(**{flag.name: _from_variables(flag, environ) for flag in FLAGS})
    return filled(options, said)


def filled(options: ServeOptions, weaker: ServeOptions) -> ServeOptions:
    """The options with what they leave open taken from weaker ones, but where to listen as one."""
    places = options.places or weaker.places
    left = {name for place in _PLACES if place not in places[:1] for name in place}
    found = {
        flag.name: getattr(weaker, flag.name)
        for flag in FLAGS
        if getattr(options, flag.name) is None and flag.name not in left
    }
    return replace(options, **found)


def need_trusted_proxy(options: ServeOptions) -> None:
    """Refuse what is said of proxies if none is named: nothing would be believed.

    Raises:
        UsageError: it is so.
    """
    for name in ("trusted_proxy_count", "trusted_proxy_headers"):
        if options.trusted_proxy is None and getattr(options, name) is not None:
            raise UsageError(
                f"{_as_typed([name])} means nothing without --trusted-proxy",
                hint="--trusted-proxy 127.0.0.1 is a proxy on this machine",
            )


def _as_typed(names: Sequence[str]) -> str:
    return " and ".join("--" + name.replace("_", "-") for name in names)


def _from_variables(flag: Flag, environ: Mapping[str, str]) -> Any:
    for variable in flag.variables:
        if text := environ.get(variable):
            try:
                return flag.convert(text)
            except ValueError as error:
                raise UsageError(
                    f"{variable}: {error}", hint=f"mend or unset {variable}"
                ) from error
    return None
