"""Everything that is done with a service once it is installed."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from uncork.errors import SystemRefusedError, UsageError
from uncork.service import disk, state
from uncork.service.explain import explain
from uncork.service.health import ask, url_of
from uncork.service.install import repair
from uncork.service.names import Names, service_name
from uncork.service.results import Done, Listed, ServiceList, ServiceStatus
from uncork.service.systemd import journal, need_root, need_systemd, properties, systemctl

if TYPE_CHECKING:
    from collections.abc import Callable

    from uncork.service.state import Record

_ERROR_LINE = re.compile(r"^([\w.]*(Error|Exception)\b.*|error: .*|.*Failed with result .*)$")
_SHOWN_ERRORS = 3


def find_service(given: str | None, name: str | None, cwd: Path | None = None) -> Names:
    """The service that a user means.

    Args:
        given: a service's name, a script, a folder or an import string; None, the app in the
            current folder.
        name: what ``--name`` says; it wins.
        cwd: the current folder.

    Raises:
        UsageError: there is no such service, or several could be meant.
    """
    records = state.read_records()
    if name is not None:
        return _named(service_name(name), records)
    if given is not None and given in {record.name for record in records}:
        return Names(given)
    place = ((cwd or Path.cwd()) / (given or "")).resolve()
    found = [record for record in records if _stands_at(record, place, given)]
    if len(found) == 1:
        return found[0].names
    what = given or "the current folder"
    if found:
        names = ", ".join(record.name for record in found)
        raise UsageError(f"{what} has several services: {names}", hint=f"--name {found[0].name}")
    raise UsageError(f"{what} has no service", hint="uncork service list shows all that there are")


def start(names: Names) -> Done:
    """Start both units, also after a crash loop.

    Raises:
        SystemRefusedError: it does not start; with the reason.
    """
    record = _ready_to_change(names, "start")
    _start(record, "start")
    return Done(names.name, "started")


def restart(names: Names) -> Done:
    """Start the service anew while its socket stays open.

    Raises:
        SystemRefusedError: it does not start; with the reason.
    """
    record = _ready_to_change(names, "restart")
    _start(record, "restart")
    return Done(names.name, "restarted", ("its socket stayed open: no client was refused",))


def stop(names: Names) -> Done:
    """Stop both units: with the socket left open the next request would start the service."""
    _ready_to_change(names, "stop")
    systemctl("stop", names.service, names.socket)
    return Done(
        names.name,
        "stopped",
        (
            "its socket, too: left open, the next request would start it again",
            "it starts at the next boot; `uncork service uninstall` takes it away",
        ),
    )


def uninstall(names: Names, progress: Callable[[str], None]) -> Done:
    """Take a service away: units, what starts it at boot, settings, and what we remember of it.

    The project and what the app wrote stay. One that was cut off is ended by the next.

    Raises:
        ChangedError: somebody edited a unit.
    """
    need_systemd("there is nothing to uninstall")
    need_root(f"uncork service uninstall --name {names.name}")
    with disk.locked():
        unfinished = state.unfinished(names)
        if unfinished is None or unfinished.action != "uninstall":
            repair(names, progress)
            state.need_ours(names)
            state.begin(names, "uninstall")
        progress("stopping it, and its socket")
        units = (names.service, names.socket)
        systemctl("disable", "--now", *units, check=False)
        systemctl("stop", *units, check=False)
        # What is remembered goes last, so that this can be done again if it is cut off.
        for path in (names.service_file, names.socket_file):
            disk.put_back(disk.FileState(str(path), None))
        systemctl("daemon-reload")
        systemctl("reset-failed", *units, check=False)
        notes = _data_note(names)
        state.forget(names)
    return Done(names.name, "uninstalled", notes)


def status(names: Names) -> ServiceStatus:
    """How a service is; for everyone to ask."""
    need_systemd("uncork serve needs none")
    record = _record(names)
    service = properties(
        names.service,
        "ActiveState",
        "SubState",
        "StateChangeTimestamp",
        "MainPID",
        "NRestarts",
        "MemoryCurrent",
        "UnitFileState",
    )
    socket = properties(names.socket, "ActiveState", "UnitFileState")
    enabled = {service["UnitFileState"], socket["UnitFileState"]} == {"enabled"}
    listening = socket["ActiveState"] == "active"
    # Asking a stopped service would start it, if its socket is open: that is its state, too.
    answer = ask(record.host, record.port, record.health_path) if listening else None
    return ServiceStatus(
        name=names.name,
        state=f"{service['ActiveState']} ({service['SubState']})",
        listening=listening,
        since=service["StateChangeTimestamp"],
        main_pid=_number(service["MainPID"]) or 0,
        restarts=_number(service["NRestarts"]) or 0,
        memory=_number(service["MemoryCurrent"]),
        survives_reboot=enabled,
        url=url_of(record.host, record.port),
        answered=answer.code if answer else None,
        unfinished=_unfinished(names),
        last_errors=_last_errors(names),
    )


def list_services() -> ServiceList:
    """All services of uncork's."""
    return ServiceList(
        tuple(
            Listed(
                record.name,
                properties(record.names.service, "ActiveState")["ActiveState"] or "unknown",
                url_of(record.host, record.port),
                record.target,
            )
            for record in state.read_records()
        )
    )


def _start(record: Record, verb: str) -> None:
    names = record.names
    # A crash loop fails the socket as well, and both keep count of it.
    systemctl("reset-failed", names.service, names.socket, check=False)
    systemctl("start", names.socket)
    done = systemctl(verb, names.service, check=False)
    if done.returncode != 0:
        lines = journal([names.service], lines=50)
        found = explain(lines, folder=record.folder)
        raise SystemRefusedError(found.fact, hint=found.hint, place=found.place)


def _ready_to_change(names: Names, verb: str) -> Record:
    need_systemd("uncork serve needs none")
    need_root(f"uncork service {verb} --name {names.name}")
    with disk.locked():
        repair(names, lambda _: None)
    return _record(names)


def _record(names: Names) -> Record:
    record = state.read_record(names)
    if record is None:
        raise UsageError(
            f"there is no service {names.name} of uncork's",
            hint="uncork service list shows all that there are",
        )
    return record


def _named(names: Names, records: tuple[Record, ...]) -> Names:
    # A killed first install has a journal and no record yet.
    if names.name not in {record.name for record in records} and not _unfinished(names):
        known = ", ".join(record.name for record in records)
        raise UsageError(
            f"there is no service {names.name} of uncork's",
            hint=f"there is {known}" if known else "uncork service install makes one",
        )
    return names


def _stands_at(record: Record, place: Path, given: str | None) -> bool:
    return str(place) in {record.folder, record.script, record.target} or (
        given is not None and given == record.target
    )


def _unfinished(names: Names) -> str:
    # Its existence is for everyone to see; what it holds is not.
    return "change" if Path(names.journal_file).exists() else ""


def _last_errors(names: Names) -> tuple[str, ...]:
    """The last error lines with their time: they may be older than what runs now."""
    lines = journal([names.service], form="short-iso")
    # TIME HOST PROGRAM[PID]: MESSAGE, journalctl(1)
    parts = (line.split(" ", 3) for line in lines)
    found = [(part[0], part[3]) for part in parts if len(part) > 3]  # noqa: PLR2004 - as above
    errors = [f"{time} {message}" for time, message in found if _ERROR_LINE.match(message)]
    return tuple(errors[-_SHOWN_ERRORS:])


def _data_note(names: Names) -> tuple[str, ...]:
    folder = Path("/var/lib", names.name)
    if not folder.is_symlink():
        return ()
    if any(folder.iterdir()):
        return (f"what the app wrote stays in {folder}",)
    private = folder.resolve()
    folder.unlink()
    disk.remove_folder_if_empty(PurePosixPath(private))
    return ()


def _number(text: str) -> int | None:
    # MemoryCurrent is 2**64-1 or "[not set]" where it is not counted.
    return int(text) if text.isdigit() and int(text) < 1 << 63 else None
