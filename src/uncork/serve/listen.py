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
from uncork.serve.addresses import (
    LARGEST_PORT,
    SHARED_MODE,
    Address,
    TcpAddress,
    UnixAddress,
    parse_address,
)
from uncork.serve.logs import tell

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping, Sequence

    from uncork.serve.options import ServeOptions

__all__ = ["Address", "Listener", "TcpAddress", "UnixAddress", "bind", "bind_all"]

FIRST_FD = 3
"""SD_LISTEN_FDS_START of sd_listen_fds(3)."""
_LONGEST_PATH = 107
"""Bytes: sun_path of unix(7) without its end."""
_PRIVILEGED_PORTS = "/proc/sys/net/ipv4/ip_unprivileged_port_start"


@dataclass(frozen=True)
class Listener:
    """A listening socket.

    Args:
        socket: bound; non-blocking when it serves.
        inherited: someone else holds it, too, and will go on listening.
        remove: the socket file that is ours to remove, and its inode.
        beside: of a server that runs beside the app, see `uncork.serve.role`.
        scheme: what is spoken on it.
    """

    socket: socket.socket
    inherited: bool = False
    remove: tuple[str, int] | None = field(default=None)
    beside: bool = False
    scheme: str = "http"

    @property
    def host(self) -> str:
        """As werkzeug writes it: an address, or ``unix://`` and a path."""
        if self.socket.family == socket.AF_UNIX:
            return f"unix://{self._path}"
        return str(self.socket.getsockname()[0])

    @property
    def _path(self) -> str:
        """Of a unix socket; an abstract name starts with a null byte: unix(7)."""
        name = os.fsdecode(self.socket.getsockname())
        return "@" + name[1:] if name.startswith("\0") else name

    @property
    def port(self) -> int:
        """The real port; 0 for a unix socket."""
        return 0 if self.socket.family == socket.AF_UNIX else int(self.socket.getsockname()[1])

    @property
    def url(self) -> str:
        """For people: http://127.0.0.1:5000, unix:/run/app.sock."""
        if self.socket.family == socket.AF_UNIX:
            return f"unix:{self._path}"
        return f"{self.scheme}://{TcpAddress(self.host, self.port)}"

    @property
    def elsewhere(self) -> list[str]:
        """URLs for a browser, if this one listens on every address: here, and in the network."""
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host)  # noqa: S104 - compared
        if self.socket.family == socket.AF_UNIX or here is None:
            return []
        hosts = [here, *_network_address(self.socket.family)]
        return [f"{self.scheme}://{TcpAddress(host, self.port)}" for host in hosts]

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


def tell_elsewhere(listeners: Iterable[Listener]) -> None:
    """Say a URL that one can click for each listener on all addresses."""
    for listener in listeners:
        if urls := listener.elsewhere:
            tell(f"{listener.host} is every address of this machine: {', '.join(urls)}")


def _network_address(family: int) -> list[str]:
    """The address that other machines know this one by, if there is one.

    Nothing is sent: to connect a datagram socket only asks for the route.
    """
    nowhere = "2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1"
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((nowhere, 9))
        return [str(probe.getsockname()[0])]
    return []


def choose_addresses(script: Sequence[Address], options: ServeOptions) -> tuple[Address, ...]:
    """What to listen on: an option overrules that part of what the script passed.

    Args:
        script: the script's own addresses; empty, it has none.
        options: the flags and environment variables.
    """
    if options.listen is not None:
        return tuple(dict.fromkeys(parse_address(each) for each in options.listen))
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
    for address in addresses:
        try:
            listeners.append(bind(address))
        except SystemRefusedError as error:  # noqa: PERF203 - there are few
            mine = [each.url for each in listeners if each.port and each.port == _port(address)]
            for listener in listeners:
                listener.close()
            if not mine:
                raise
            raise SystemRefusedError(
                f"{address} overlaps with {mine[0]}", hint="leave one of them out"
            ) from error
    return listeners


def _port(address: Address) -> int:
    return address.port if isinstance(address, TcpAddress) else 0


def bind(address: Address) -> Listener:
    """A socket that is bound, but does not listen yet.

    Raises:
        SystemRefusedError: the port is in use, the right is missing, there is no such host.
    """
    if isinstance(address, UnixAddress):
        return _bind_unix(address)
    family, target = _resolve(address)
    try:
        bound = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _refused(address, error) from error
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
    if not 0 <= address.port <= LARGEST_PORT:
        # getaddrinfo(3) would take it modulo 65,536.
        raise SystemRefusedError(
            f"can't listen on {address}: a port is a number from 0 to {LARGEST_PORT}",
            hint="say another one with --port",
        )
    # IPv4 unless it is written as IPv6: werkzeug.serving.select_address_family.
    family = socket.AF_INET6 if ":" in address.host else socket.AF_UNSPEC
    try:
        found = socket.getaddrinfo(
            address.host or None, address.port, family, socket.SOCK_STREAM, 0, socket.AI_PASSIVE
        )
    except (socket.gaierror, UnicodeError) as error:
        # The codec for host names raises UnicodeError where a name can't be one.
        why = error.strerror if isinstance(error, socket.gaierror) else "it can't be a name"
        raise SystemRefusedError(
            f"can't listen on {address}: there is no such host here ({why})",
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
    if not _is_socket(path):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)  # noqa: PTH108


def _refused(address: Address, error: OSError) -> SystemRefusedError:
    if isinstance(address, UnixAddress):
        return _unix_refused(address.path, error)
    if error.errno == errno.EADDRINUSE:
        fact = f"{address} is in use by another program"
        hint = f"ss -ltnp 'sport = :{address.port}' shows by which; --port takes another"
    elif error.errno in {errno.EACCES, errno.EPERM}:
        fact = f"no right to listen on {address}: ports below {_first_free_port()} are reserved"
        hint = "take a higher --port behind a reverse proxy, or let a systemd socket unit listen"
    elif error.errno == errno.EADDRNOTAVAIL:
        fact = f"can't listen on {address}: no interface of this machine has that address"
        hint = "ip -brief address lists them; --host takes another"
    else:
        fact = f"can't listen on {address}: {_reason(error)}"
        hint = "say another --host or --port"
    return SystemRefusedError(fact, hint=hint)


def _unix_refused(path: str, error: OSError) -> SystemRefusedError:
    folder = os.path.dirname(path)  # noqa: PTH120
    if error.errno == errno.EADDRINUSE and not _is_socket(path):
        fact = f"{path} is there already, and is no socket"
        hint = "name another path, or remove that file"
    elif error.errno == errno.EADDRINUSE:
        fact, hint = f"{path} is in use", "ss -lxp shows by whom"
    elif len(os.fsencode(path)) > _LONGEST_PATH:
        fact = f"can't listen on {path}: the path of a socket has at most {_LONGEST_PATH} bytes"
        hint = "take a shorter one, such as /run/app.sock"
    elif error.errno in {errno.ENOENT, errno.ENOTDIR}:
        fact = f"can't listen on {path}: there is no folder {folder}"
        hint = f"mkdir -p {folder}; in a unit, RuntimeDirectory= makes one in /run"
    elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        fact = f"can't listen on {path}: no right to make files in {folder}"
        hint = "name a folder of your own; in a unit, RuntimeDirectory= makes one in /run"
    else:
        fact, hint = f"can't listen on {path}: {_reason(error)}", "say another --unix-socket"
    return SystemRefusedError(fact, hint=hint)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.lstat(path).st_mode)
    except OSError:
        return False


def _first_free_port() -> str:
    try:
        with open(_PRIVILEGED_PORTS) as file:  # noqa: PTH123
            return file.read().strip()
    except OSError:
        return "1024"
