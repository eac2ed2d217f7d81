"""Where to listen: addresses, the sockets made of them, and sockets that systemd hands over."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from uncork.errors import SystemRefusedError
from uncork.serve.options import DEFAULT_HOST, DEFAULT_PORT

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping, Sequence

    from uncork.serve.options import ServeOptions

FIRST_FD = 3
"""SD_LISTEN_FDS_START of sd_listen_fds(3)."""
SHARED_MODE = 0o660
"""Of the socket that --unix-socket makes: a proxy in the app's group can use it."""
_PRIVILEGED_PORTS = "/proc/sys/net/ipv4/ip_unprivileged_port_start"


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


@dataclass(frozen=True)
class Listener:
    """A listening socket.

    Args:
        socket: bound; non-blocking when it serves.
        inherited: someone else holds it, too, and will go on listening.
        remove: the socket file that is ours to remove, and its inode.
    """

    socket: socket.socket
    inherited: bool = False
    remove: tuple[str, int] | None = field(default=None)

    @property
    def host(self) -> str:
        """As werkzeug writes it: an address, or ``unix://`` and a path."""
        name = self.socket.getsockname()
        if self.socket.family == socket.AF_UNIX:
            return "unix://" + os.fsdecode(name)
        return str(name[0])

    @property
    def port(self) -> int:
        """The real port; 0 for a unix socket."""
        return 0 if self.socket.family == socket.AF_UNIX else int(self.socket.getsockname()[1])

    @property
    def url(self) -> str:
        """For people: http://127.0.0.1:5000, unix:/run/app.sock."""
        if self.socket.family == socket.AF_UNIX:
            return "unix:" + os.fsdecode(self.socket.getsockname())
        return f"http://{TcpAddress(self.host, self.port)}"

    def close(self) -> None:
        """Close our copy; one that nobody else holds is also shut, and its file removed.

        A child that the script forked has a copy, too. Shutting makes the system
        refuse connections instead of queueing them for a child that never accepts.
        A second call does nothing: the path may be the next process's by then.
        """
        if self.socket.fileno() < 0:
            return
        if not self.inherited:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        if self.remove is not None:
            path, inode = self.remove
            with contextlib.suppress(OSError):
                if os.lstat(path).st_ino == inode:
                    os.unlink(path)  # noqa: PTH108


def choose_addresses(script: Sequence[Address], options: ServeOptions) -> tuple[Address, ...]:
    """What to listen on: an option overrules that part of what the script passed.

    Args:
        script: the script's own addresses; empty, it has none.
        options: the flags and environment variables.
    """
    if options.unix_socket is not None:
        return (UnixAddress(options.unix_socket, SHARED_MODE),)
    if options.host is None and options.port is None:
        return tuple(script) or (TcpAddress(),)
    chosen = []
    for address in script or (TcpAddress(),):
        tcp = address if isinstance(address, TcpAddress) else TcpAddress()
        tcp = tcp if options.host is None else replace(tcp, host=options.host)
        chosen.append(tcp if options.port is None else replace(tcp, port=options.port))
    return tuple(dict.fromkeys(chosen))


def inherited_listeners(environ: MutableMapping[str, str]) -> list[Listener]:
    """The sockets of systemd's socket activation: sd_listen_fds(3).

    The variables are taken away and the sockets made close-on-exec, so that no
    child of the app believes them its own.

    Raises:
        SystemRefusedError: what was handed over does not listen.
    """
    pid = environ.pop("LISTEN_PID", "")
    count = environ.pop("LISTEN_FDS", "")
    environ.pop("LISTEN_FDNAMES", None)
    if not count.isdigit() or pid != str(os.getpid()):
        return []
    return [_inherited(fd) for fd in range(FIRST_FD, FIRST_FD + int(count))]


def _inherited(fd: int) -> Listener:
    try:
        found = socket.socket(fileno=fd)
        listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise SystemRefusedError(
            f"LISTEN_FDS names file descriptor {fd}, which is no socket: {error.strerror}",
            hint="see sd_listen_fds(3)",
        ) from error
    if not listens or found.type != socket.SOCK_STREAM:
        raise SystemRefusedError(
            f"the socket that systemd handed over as {fd} does not listen for streams",
            hint="say ListenStream= in the socket unit, and Accept=no",
        )
    found.set_inheritable(False)
    return Listener(found, inherited=True)


def bind_all(addresses: Iterable[Address]) -> list[Listener]:
    """A bound socket for each address: all of them or none.

    Raises:
        SystemRefusedError: the system refuses one.
    """
    listeners: list[Listener] = []
    try:
        for address in addresses:
            listeners.append(bind(address))  # noqa: PERF401 - those bound so far are closed below
    except SystemRefusedError:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def bind(address: Address) -> Listener:
    """A socket that is bound, but does not listen yet.

    Raises:
        SystemRefusedError: the port is in use, the right is missing, there is no such host.
    """
    if isinstance(address, UnixAddress):
        return _bind_unix(address)
    family, target = _resolve(address)
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, address.only_ipv6)
        bound.bind(target)
        # Another socket may be bound to the same port without listening.
        bound.listen()
    except OSError as error:
        bound.close()
        raise _refused(address, error) from error
    return Listener(bound)


def _resolve(address: TcpAddress) -> tuple[socket.AddressFamily, tuple[object, ...]]:
    # IPv4 unless it is written as IPv6: werkzeug.serving.select_address_family.
    family = socket.AF_INET6 if ":" in address.host else socket.AF_UNSPEC
    try:
        found = socket.getaddrinfo(
            address.host or None, address.port, family, socket.SOCK_STREAM, 0, socket.AI_PASSIVE
        )
    except socket.gaierror as error:
        raise SystemRefusedError(
            f"can't listen on {address}: there is no such host here ({error.strerror})",
            hint="say --host 127.0.0.1 for this machine alone, or --host 0.0.0.0 for its network",
        ) from error
    best = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return best[0], best[4]


def _bind_unix(address: UnixAddress) -> Listener:
    path = os.path.abspath(address.path)  # noqa: PTH100 - the app may change its folder
    _remove_stale(path)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(path)
        if address.mode is not None:
            os.chmod(path, address.mode)  # noqa: PTH101
        bound.listen()
    except OSError as error:
        bound.close()
        raise _refused(replace(address, path=path), error) from error
    return Listener(bound, remove=(path, os.lstat(path).st_ino))


def _remove_stale(path: str) -> None:
    """Remove the socket file of a server that died: nobody answers on it any more."""
    with contextlib.suppress(OSError):
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                os.unlink(path)  # noqa: PTH108


def _refused(address: Address, error: OSError) -> SystemRefusedError:
    if error.errno == errno.EADDRINUSE:
        if isinstance(address, UnixAddress):
            return SystemRefusedError(f"{address} is in use", hint="ss -lxp shows by whom")
        return SystemRefusedError(
            f"{address} is in use by another program",
            hint=f"ss -ltnp 'sport = :{address.port}' shows by which; --port takes another",
        )
    if isinstance(address, TcpAddress) and error.errno in {errno.EACCES, errno.EPERM}:
        return SystemRefusedError(
            f"no right to listen on {address}: ports below {_first_free_port()} are reserved",
            hint="take a higher --port behind a reverse proxy, or let a systemd socket unit listen",
        )
    return SystemRefusedError(
        f"can't listen on {address}: {(error.strerror or str(error)).lower()}",
        hint="say another --host, --port or --unix-socket",
    )


def _first_free_port() -> str:
    try:
        with open(_PRIVILEGED_PORTS) as file:  # noqa: PTH123
            return file.read().strip()
    except OSError:
        return "1024"
