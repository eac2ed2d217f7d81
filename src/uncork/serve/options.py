"""The options of serve, stated once.

`ServeOptions` is the table: the runner's argument parser, the ``uncork serve``
command, the environment variables and the command line of a unit are all made
from its fields. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from uncork.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_HOST = "127.0.0.1"
"""Flask's own default: https://flask.palletsprojects.com/en/stable/api/#flask.Flask.run."""
DEFAULT_PORT = 5000
"""Flask's own default."""
DEFAULT_THREADS = 8
"""Twice waitress's: the first request that waits for something does not stop the others."""
DEFAULT_DRAIN_TIMEOUT = 30.0
"""Seconds; a unit's TimeoutStopSec must exceed it."""
LARGEST_PORT = 65535


@dataclass(frozen=True)
class Flag:
    """One option.

    Args:
        name: the field of `ServeOptions`.
        metavar: what stands for its value in help.
        convert: its value from text; raises ValueError with a sentence.
        help: one line.
        variables: environment variables that give it, the strongest first.
    """

    name: str
    metavar: str
    convert: Callable[[str], Any]
    help: str
    variables: tuple[str, ...]

    @property
    def option(self) -> str:
        """As it is typed: ``--unix-socket``."""
        return "--" + self.name.replace("_", "-")


def port_number(text: str) -> int:
    """A TCP port; 0 asks the system for a free one."""
    if not text.isascii() or not text.isdigit() or int(text) > LARGEST_PORT:
        raise ValueError(f"{text!r} is not a port number from 0 to {LARGEST_PORT}")
    return int(text)


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


def nonempty(text: str) -> str:
    """Any text but none."""
    if not text:
        raise ValueError("it is empty")
    return text


def _flag(metavar: str, convert: Callable[[str], Any], help_: str, *variables: str) -> Any:
    metadata = {"metavar": metavar, "convert": convert, "help": help_, "variables": variables}
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
    threads: int | None = _flag(
        "N",
        thread_count,
        f"how many requests run at once; else what the script says, else {DEFAULT_THREADS}",
    )
    drain_timeout: float | None = _flag(
        "SECONDS",
        seconds,
        f"how long a stop waits for requests that run or are queued; {DEFAULT_DRAIN_TIMEOUT:g}",
    )


FLAGS: tuple[Flag, ...] = tuple(
    Flag(
        f.name,
        f.metadata["metavar"],
        f.metadata["convert"],
        f.metadata["help"],
        (f"UNCORK_SERVE_{f.name.upper()}", f"UNCORK_{f.name.upper()}", *f.metadata["variables"]),
    )
    for f in fields(ServeOptions)
)


def with_environment(options: ServeOptions, environ: Mapping[str, str]) -> ServeOptions:
    """The options with what they leave open taken from environment variables.

    An empty variable counts as none. A unix socket on the command line keeps
    PORT, which hosting platforms always set, from mattering.

    Raises:
        UsageError: two options exclude each other, or a variable holds a wrong value.
    """
    if options.unix_socket is not None and _is_tcp(options):
        raise UsageError(
            "--unix-socket takes the place of --host and --port", hint="say one or the other"
        )
    said = ServeOptions(**{flag.name: _from_variables(flag, environ) for flag in FLAGS})
    return filled(options, said)


def filled(options: ServeOptions, weaker: ServeOptions) -> ServeOptions:
    """The options with what they leave open taken from weaker ones, but where to listen as one."""
    found = {
        flag.name: getattr(weaker, flag.name)
        for flag in FLAGS
        if getattr(options, flag.name) is None
    }
    if _is_tcp(options):
        found.pop("unix_socket", None)
    elif options.unix_socket is not None or weaker.unix_socket is not None:
        found = {name: value for name, value in found.items() if name not in {"host", "port"}}
    return replace(options, **found)


def _is_tcp(options: ServeOptions) -> bool:
    return (options.host, options.port) != (None, None)


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
