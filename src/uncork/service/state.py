"""What uncork knows of an installed service, and the journal that undoes a change that was cut off.

Below /var/lib/uncork/NAME stand record.json (what is installed, for everyone to read),
previous.json (what stood before the last change, for ``rollback``) and, while a change
is under way, journal.json (what stood before it). All of a change is in the journal
before its first step, so that whatever the next command finds it can put back.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from uncork import __version__
from uncork.errors import ChangedError, SystemRefusedError, UsageError
from uncork.service import disk
from uncork.service.disk import PRIVATE, FileState
from uncork.service.names import MARK, STATE_FOLDER, UNIT_FOLDER, Names
from uncork.service.systemd import properties, systemctl

if TYPE_CHECKING:
    from uncork.service.unit import Units

FORM = 1
"""Of the files below /var/lib/uncork; a newer uncork reads older ones."""


@dataclass(frozen=True)
class Record:
    """What is installed under a name.

    Args:
        name: the service's.
        target: what is served: a script's path or an import string.
        folder: the project's.
        script: the script's path, or ''.
        interpreter: the app's Python.
        host: where the socket listens.
        port: where the socket listens.
        health_path: what must answer below 500.
        user: who runs it; '' for a dynamic user.
        service_text: the service unit as it was written.
        socket_text: the socket unit as it was written.
        version: of the uncork that installed it.
    """

    name: str
    target: str
    folder: str
    script: str
    interpreter: str
    host: str
    port: int
    health_path: str
    user: str
    service_text: str = field(repr=False)
    socket_text: str = field(repr=False)
    version: str = __version__

    @property
    def names(self) -> Names:
        """Its units and files."""
        return Names(self.name)

    def to_text(self) -> str:
        """As record.json holds it."""
        return json.dumps({"form": FORM, **asdict(self)}, indent=2) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Record:
        """The record that `to_text` wrote."""
        values = json.loads(text)
        values.pop("form")
        return cls(**values)


@dataclass(frozen=True)
class Snapshot:
    """What stood before a change, all that is needed to have it again.

    Args:
        files: both units, the environment file and the record.
        enabled: whether both started at boot.
        listening: whether the socket was active.
        running: whether the service was active.
    """

    files: tuple[FileState, ...]
    enabled: bool
    listening: bool
    running: bool

    @property
    def was_installed(self) -> bool:
        """Whether there was a service at all."""
        return self.record is not None

    @property
    def socket_text(self) -> str | None:
        """The socket unit's text, if there was one."""
        return self.files[1].content

    @property
    def record(self) -> Record | None:
        """What was installed, if anything."""
        text = self.files[-1].content
        return None if text is None else Record.from_text(text)


@dataclass(frozen=True)
class Journal:
    """A change that was begun.

    Args:
        action: ``install``, ``rollback`` or ``uninstall``.
        before: what stood before it.
    """

    action: str
    before: Snapshot


def take_snapshot(names: Names) -> Snapshot:
    """What stands now."""
    paths = (names.service_file, names.socket_file, names.settings_file, names.record_file)
    states = {unit: properties(unit, "UnitFileState", "ActiveState") for unit in _units(names)}
    service, socket = (states[unit] for unit in _units(names))
    return Snapshot(
        tuple(disk.read(path) for path in paths),
        enabled=all(state["UnitFileState"] == "enabled" for state in states.values()),
        listening=socket["ActiveState"] in {"active", "activating"},
        running=service["ActiveState"] in {"active", "activating", "reloading"},
    )


def write_files(units: Units, record: Record) -> None:
    """Put the files of a service where they belong."""
    names = units.names
    if units.settings:
        disk.write(names.settings_file, units.settings, PRIVATE)
    else:
        remove_settings(names)
    disk.write(names.service_file, units.service)
    disk.write(names.socket_file, units.socket)
    disk.write(names.record_file, record.to_text())


def restore(names: Names, before: Snapshot) -> None:
    """Have again what stood before: files, what starts at boot, what runs.

    A socket that did not change stays open meanwhile. What can't be started again is
    left stopped: it was not our change that broke it.
    """
    socket_is_same = disk.read(names.socket_file).content == before.socket_text
    if not (socket_is_same and before.listening):
        systemctl("stop", *_units(names), check=False)
    if not before.enabled:
        systemctl("disable", *_units(names), check=False)
    for state in before.files:
        disk.put_back(state)
    systemctl("daemon-reload")
    systemctl("reset-failed", *_units(names), check=False)
    if before.enabled:
        systemctl("enable", names.service)
    if before.listening:
        systemctl("start", names.socket, check=False)
    systemctl("restart" if before.running else "stop", names.service, check=False)
    if not before.was_installed:
        forget(names)


def begin(names: Names, action: str) -> Snapshot:
    """Write down what stands now, before a change."""
    before = take_snapshot(names)
    text = json.dumps({"form": FORM, "action": action, **asdict(before)}, indent=2)
    disk.write(names.journal_file, text + "\n", PRIVATE)
    return before


def commit(names: Names, before: Snapshot) -> None:
    """End a change well: what stood before is what ``rollback`` goes back to.

    Installing the same again is no change to go back from.
    """
    same = all(disk.read(PurePosixPath(file.path)) == file for file in before.files)
    if before.was_installed and not same:
        disk.rename(names.journal_file, names.previous_file)
    else:
        disk.remove(names.journal_file)


def abandon(names: Names, before: Snapshot) -> None:
    """End a change that failed, when `restore` has undone it."""
    disk.remove(names.journal_file)
    if not before.was_installed:
        forget(names)


def forget(names: Names) -> None:
    """Remove what is remembered of a service, and folders that are empty then."""
    remove_settings(names)
    for path in (names.record_file, names.previous_file, names.journal_file):
        disk.remove(path)
    disk.remove_folder_if_empty(names.state_folder)
    disk.remove_folder_if_empty(STATE_FOLDER)


def remove_settings(names: Names) -> None:
    """Remove the environment file, and its folder if no other is left."""
    disk.remove(names.settings_file)
    disk.remove_folder_if_empty(names.settings_file.parent)


def unfinished(names: Names) -> Journal | None:
    """The change that was cut off, if one was."""
    return _journal(names.journal_file.as_posix())


def previous(names: Names) -> Snapshot | None:
    """What stood before the last change, if there is something."""
    found = _journal(names.previous_file.as_posix())
    return found.before if found else None


def read_record(names: Names) -> Record | None:
    """What is installed under a name, if anything."""
    text = disk.read(names.record_file).content
    return None if text is None else Record.from_text(text)


def read_records() -> tuple[Record, ...]:
    """All services of uncork's, by name."""
    folder = Path(STATE_FOLDER)
    names = sorted(path.parent.name for path in folder.glob("*/record.json"))
    found = (read_record(Names(name)) for name in names)
    return tuple(record for record in found if record is not None)


def need_ours(names: Names) -> None:
    """See to it that both units are ours to replace: absent, or as they were written.

    Raises:
        UsageError: another service has this name.
        ChangedError: somebody has edited a unit of ours.
    """
    record = read_record(names)
    texts = {names.service: record.service_text, names.socket: record.socket_text} if record else {}
    for unit in _units(names):
        _need_free_name(unit, installed=record is not None)
        content = disk.read(UNIT_FOLDER / unit).content
        if content is not None and content != texts.get(unit, content):
            raise ChangedError(
                f"{UNIT_FOLDER / unit} was edited since uncork wrote it",
                hint=f"keep the changes as a drop-in with `systemctl edit {unit}`, move the file "
                "away, and do this again",
            )


def _need_free_name(unit: str, *, installed: bool) -> None:
    path = properties(unit, "FragmentPath")["FragmentPath"]
    ours = path == str(UNIT_FOLDER / unit)
    content = disk.read(UNIT_FOLDER / unit).content or ""
    if path and not (ours and (installed or content.startswith(MARK))):
        raise UsageError(
            f"there is a {unit} already that is not uncork's: {path}", hint="say --name NAME"
        )


def _units(names: Names) -> tuple[str, str]:
    # The service first: stopped in this order, nothing is there to start it again.
    return names.service, names.socket


def _journal(path: str) -> Journal | None:
    try:
        text = Path(path).read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise SystemRefusedError(f"{path} is for root to read", hint="do this with sudo") from error
    values: dict[str, Any] = json.loads(text)
    files = tuple(FileState(**state) for state in values["files"])
    flags = {name: values[name] for name in ("enabled", "listening", "running")}
    return Journal(values["action"], Snapshot(files, **flags))
