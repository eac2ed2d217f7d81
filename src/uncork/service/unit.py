"""The text of a service's units, as a careful administrator would have written it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from uncork.errors import UsageError
from uncork.service.hardening import Directive, Needs, sandbox
from uncork.service.names import MARK, Names
from uncork.service.quoting import command_line, environment_file, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from uncork.service.account import Account

DRAIN_SECONDS = 30
"""How long a stop waits for requests, said to the server and exceeded by TimeoutStopSec."""
STOP_SECONDS = DRAIN_SECONDS + 15
"""The drain, then the script's own clean-up."""
START_SECONDS = 120
"""Until READY=1; installing waits as long."""


@dataclass(frozen=True)
class UnitSpec:
    """Everything that the units say.

    Args:
        names: the service's names.
        command: the program and its arguments, the program's path absolute.
        folder: the folder that the app is started from.
        host: the address that the socket listens on.
        port: the port that the socket listens on.
        account: who runs it.
        needs: what the sandbox leaves open.
        settings: environment variables, which may be secret.
    """

    names: Names
    command: tuple[str, ...]
    folder: str
    host: str
    port: int
    account: Account
    needs: Needs = field(default_factory=Needs)
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Units:
    """The files of a service, as text.

    Args:
        names: what they are called.
        service: the service unit.
        socket: the socket unit.
        settings: the environment file, or '' where there is none.
    """

    names: Names
    service: str
    socket: str
    settings: str


def units(spec: UnitSpec) -> Units:
    """The units for a specification.

    Raises:
        UsageError: a path or the host can't be written into a unit.
    """
    return Units(
        spec.names,
        service_text(spec),
        socket_text(spec),
        _settings_text(spec) if spec.settings else "",
    )


def service_text(spec: UnitSpec) -> str:
    """NAME.service."""
    names = spec.names
    sections = [
        _head(names),
        _section(
            "Unit",
            [
                Directive("Description", plain(f"{names.name}, a Flask app")),
                Directive(
                    "Requires",
                    names.socket,
                    "The socket is systemd's and stays open while the service restarts, so that\n"
                    "no client is refused. Stop both, or the next request starts it again.",
                ),
                Directive("After", f"network.target {names.socket}"),
                Directive(
                    "StartLimitIntervalSec",
                    "120",
                    "An app that crashes as it starts is given up after 30 starts; one that takes\n"
                    "longer than 3 s to crash is tried for ever: what it waits for may come.\n"
                    "Giving up fails the socket, too: `systemctl reset-failed` both.",
                ),
                Directive("StartLimitBurst", "30"),
            ],
        ),
        _section("Service", [*_running(spec), *_account(spec.account)]),
        "# --- sandbox: see systemd.exec(5), and `systemd-analyze security "
        + names.service
        + "`\n"
        + _lines(sandbox(spec.needs)),
        _section(
            "Install",
            [
                Directive("WantedBy", "multi-user.target"),
                Directive("Also", names.socket, "`systemctl enable` and `disable` take both."),
            ],
        ),
    ]
    return "\n".join(sections)


def socket_text(spec: UnitSpec) -> str:
    """NAME.socket."""
    address, is_specific = listen_address(spec.host, spec.port)
    listen = [Directive("ListenStream", address)]
    if is_specific:
        listen.append(Directive("FreeBind", "yes", "At boot the address may not be there yet."))
    return "\n".join(
        [
            _head(spec.names),
            _section("Unit", [Directive("Description", plain(f"{spec.names.name}'s socket"))]),
            _section("Socket", listen),
            _section("Install", [Directive("WantedBy", "sockets.target")]),
        ]
    )


def listen_address(host: str, port: int) -> tuple[str, bool]:
    """The value of ListenStream=, and whether it is one interface's own address.

    Raises:
        UsageError: the host is a name: which address it stands for can change, and systemd
            asks nobody (systemd.socket(5)).
    """
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError as error:
        raise UsageError(
            f"a socket unit needs an address, and {host!r} is a name",
            hint="say --host 127.0.0.1 behind a proxy on this machine, or --host 0.0.0.0",
        ) from error
    text = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - IPv6
    return f"{text}:{port}", not (address.is_loopback or address.is_unspecified)


def _running(spec: UnitSpec) -> list[Directive]:
    found = [
        Directive("Type", "notify", "Started means: the server is ready to answer."),
        Directive("NotifyAccess", "main"),
        Directive("ExecStart", command_line(spec.command)),
        Directive("WorkingDirectory", plain(spec.folder)),
        Directive("Environment", "PYTHONUNBUFFERED=1", "What it prints is in the journal at once."),
    ]
    if spec.settings:
        path = str(spec.names.settings_file)
        found.append(
            Directive("EnvironmentFile", path, "Settings and secrets: only root can read the file.")
        )
    return [
        *found,
        Directive("SyslogIdentifier", plain(spec.names.name)),
        Directive("TimeoutStartSec", str(START_SECONDS)),
        Directive(
            "TimeoutStopSec",
            str(STOP_SECONDS),
            f"A stop lets running requests finish for up to {DRAIN_SECONDS} s, then cleans up.",
        ),
        Directive(
            "KillMode",
            "mixed",
            "Only the server hears of the stop: its children are its own to end.",
        ),
        Directive(
            "Restart", "always", "A server that ends was not meant to, unless systemctl said so."
        ),
        Directive("RestartSec", "1"),
    ]


def _account(account: Account) -> list[Directive]:
    if account.dynamic:
        return [Directive("DynamicUser", "yes", "A user that exists only while the service runs.")]
    return [Directive("User", account.user), Directive("Group", account.group)]


def _settings_text(spec: UnitSpec) -> str:
    return _head(spec.names) + environment_file(spec.settings)


def _head(names: Names) -> str:
    return (
        f"{MARK}; `uncork service uninstall --name {names.name}` takes it away again.\n"
        f"# Changes of your own belong into a drop-in: `systemctl edit {names.service}`.\n"
    )


def _section(name: str, directives: Iterable[Directive]) -> str:
    return f"[{name}]\n{_lines(directives)}"


def _lines(directives: Iterable[Directive]) -> str:
    lines: list[str] = []
    for directive in directives:
        lines += [f"# {line}" for line in directive.reason.splitlines()]
        lines.append(f"{directive.name}={directive.value}")
    return "".join(f"{line}\n" for line in lines)
