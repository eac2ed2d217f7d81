"""Looking before leaping: what would make the service fail, found before anything is written."""

from __future__ import annotations

import grp
import os
import pwd
import socket
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from uncork.errors import SystemRefusedError, UsageError
from uncork.serve.argv import MAIN
from uncork.service.account import Account, Ownership, Person, choose_account, under_home
from uncork.service.hardening import Needs
from uncork.service.holder import holder_of
from uncork.service.identity import Identity
from uncork.service.traces import Sign, Trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.service.request import InstallRequest

HIDDEN = tuple(map(PurePosixPath, ("/tmp", "/var/tmp")))  # noqa: S108 - looked at, not used
"""What PrivateTmp= replaces (systemd.exec(5))."""
_NOT_ITS_OWN = {".git", ".hg", ".uncork", "node_modules"}


@dataclass(frozen=True)
class Findings:
    """What the preflight learned.

    Args:
        account: who will run it.
        needs: what the sandbox leaves open.
        installed: whether the app's interpreter has uncork of its own.
    """

    account: Account
    needs: Needs
    installed: bool


def look(request: InstallRequest) -> Findings:
    """Decide who runs the app and what its sandbox leaves open; touches nothing.

    Raises:
        UsageError: the named user does not exist.
        SystemRefusedError: the project's owner is not known.
        DeclinedError: nobody but root can run it as it is.
    """
    writes = _of(request.traces, Sign.WRITES)
    account = choose_account(_ownership(request), _asked(request.user), writes)
    # Never asked as root: the environment is the user's, and so is what it runs at start.
    installed = Identity.of(account).imports_uncork(request.interpreter)
    return Findings(account, _needs(request, account, installed=installed), installed)


def refuse_what_would_fail(request: InstallRequest, findings: Findings) -> None:
    """Try as the service's user what the service will need; wants root.

    Raises:
        SystemRefusedError: a folder, the interpreter or uncork is out of its reach, or it
            can't write where the app writes.
    """
    person = Identity.of(findings.account)
    _refuse_hidden(request)
    for path in (request.folder, request.script):
        if path:
            person.need_readable(path)
    person.need_interpreter(request.interpreter)
    if not findings.installed:
        person.need_readable(str(MAIN), hint=f"{request.interpreter} -m pip install uncork")
    writes = _of(request.traces, Sign.WRITES)
    if writes and not findings.account.dynamic:
        person.need_writable(request.folder, writes[0])


def _refuse_hidden(request: InstallRequest) -> None:
    for path in (request.folder, request.interpreter):
        if any(PurePosixPath(path).is_relative_to(hidden) for hidden in HIDDEN):
            raise SystemRefusedError(
                f"{path} would not be there: the service has a /tmp of its own, and the "
                "machine's is emptied at boot",
                hint="move the project to /srv or into a home folder",
            )


def refuse_taken_port(host: str, port: int) -> None:
    """See to it that a socket can be opened.

    Raises:
        SystemRefusedError: another program has the port, or the address is not this machine's.
    """
    address = "127.0.0.1" if host == "localhost" else host
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen()
        except OSError as error:
            who = holder_of(port)
            raise SystemRefusedError(
                f"port {port} is in use by {who}" if who else f"{host}:{port}: {error.strerror}",
                hint="stop that first, or say another --port",
            ) from error


def _ownership(request: InstallRequest) -> Ownership:
    first = Path(request.script or request.folder)
    owner = _person(first.stat().st_uid)
    unreadable = _first_unreadable(Path(request.folder)) if owner.uid == 0 else ""
    return Ownership(request.folder, owner, unreadable)


def _person(uid: int) -> Person:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Person(uid, "", str(uid))
    try:
        group = grp.getgrgid(entry.pw_gid).gr_name
    except KeyError:
        group = str(entry.pw_gid)
    return Person(uid, entry.pw_name, group)


def _asked(user: str | None) -> Person | None:
    if user is None:
        return None
    try:
        return _person(pwd.getpwnam(user).pw_uid)
    except KeyError as error:
        raise UsageError(
            f"there is no user {user} on this machine", hint=f"useradd --system {user}"
        ) from error


def _first_unreadable(folder: Path) -> str:
    """The first path that a stranger can't read, on the way to a folder or in it; '' if none."""
    for parent in [*reversed(folder.parents), folder]:
        if not parent.stat().st_mode & 0o001:
            return str(parent)
    for path in _files(folder):
        wanted = 0o005 if path.is_dir() else 0o004
        if path.exists() and path.stat().st_mode & wanted != wanted:
            return str(path)
    return ""


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _NOT_ITS_OWN)
        yield from (Path(parent, name) for name in (*folders, *files))


def _needs(request: InstallRequest, account: Account, *, installed: bool) -> Needs:
    folder = Path(request.folder)
    interpreter = Path(request.interpreter)
    places = [request.folder, request.interpreter, str(interpreter.resolve())]
    places += [] if installed else [str(MAIN)]
    environments = {str(path.parent) for path in folder.glob("*/pyvenv.cfg")}
    environments |= {str(folder / name) for name in _NOT_ITS_OWN if (folder / name).is_dir()}
    # The owner may write in the project already; someone else only if a look says so.
    writes = not account.dynamic and Identity.of(account).can("-w", request.folder)
    return Needs(
        writable=(request.folder,) if writes else (),
        read_only=tuple(sorted(environments)) if writes else (),
        home=any(map(under_home, places)) or bool(_of(request.traces, Sign.HOME)),
        writable_code=bool(_of(request.traces, Sign.WRITABLE_CODE)),
        state=request.names.name if account.dynamic else "",
    )


def _of(traces: tuple[Trace, ...], sign: Sign) -> tuple[Trace, ...]:
    return tuple(trace for trace in traces if trace.sign is sign)
