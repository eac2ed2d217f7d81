"""Installing a service, as a transaction: afterwards it answers, or all is as it was before.

What stood before is written to a journal first (see `uncork.service.state`). Then come
the files, daemon-reload, enable, start, and an HTTP request through the socket; only
its answer ends the transaction well. A failure is explained and undone at once. If
uncork itself is killed, the next command that changes the service undoes it.
"""

from __future__ import annotations

import difflib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.errors import SystemRefusedError
from uncork.serve.argv import MAIN, serve_argv
from uncork.serve.options import ServeOptions
from uncork.service import disk, state
from uncork.service.explain import explain
from uncork.service.hardening import loosenings
from uncork.service.health import Answer, url_of, wait_until_healthy
from uncork.service.preflight import Findings, look, refuse_taken_port, refuse_what_would_fail
from uncork.service.results import Installed
from uncork.service.state import Record, Snapshot
from uncork.service.systemd import (
    exposure,
    journal,
    need_root,
    need_systemd,
    properties,
    systemctl,
    systemd_is_running,
    verify,
)
from uncork.service.unit import DRAIN_SECONDS, Units, UnitSpec, units

if TYPE_CHECKING:
    from collections.abc import Callable

    from uncork.service.names import Names
    from uncork.service.request import InstallRequest

__all__ = [
    "Draft",
    "Prepared",
    "commit",
    "draft",
    "install",
    "prepare",
    "repair",
    "roll_back",
    "systemd_is_running",
]


@dataclass(frozen=True)
class Draft:
    """Units that were written down and not installed.

    Args:
        units: their text.
        findings: who runs the app and what its sandbox leaves open.
        notes: the same as sentences for the user.
    """

    units: Units
    findings: Findings
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Prepared:
    """An installation that nothing known stands in the way of.

    Args:
        units: what will be written.
        record: what will be remembered.
        notes: who runs it and what the sandbox leaves open, as sentences.
        preview: the units as a unified diff from what is installed now.
        exposure: systemd's score for the service unit, from 0 to 10.
    """

    units: Units
    record: Record
    notes: tuple[str, ...]
    preview: str
    exposure: float | None


def draft(request: InstallRequest) -> Draft:
    """The units for a request; needs neither root nor systemd, and touches nothing.

    Raises:
        UncorkError: the app can't be served by a unit as it is.
    """
    findings = look(request)
    options = ServeOptions(threads=request.threads, drain_timeout=float(DRAIN_SECONDS))
    command = serve_argv(
        request.interpreter,
        request.target,
        options,
        request.arguments,
        installed=findings.installed,
    )
    spec = UnitSpec(
        names=request.names,
        command=tuple(command),
        folder=request.folder,
        host=request.host,
        port=request.port,
        account=findings.account,
        needs=findings.needs,
        settings=request.settings,
    )
    notes = (
        findings.account.reason,
        *_borrowed(request.interpreter, installed=findings.installed),
        *loosenings(findings.needs),
    )
    return Draft(units(spec), findings, notes)


def _borrowed(interpreter: str, *, installed: bool) -> tuple[str, ...]:
    """That the service needs this very uncork, where the app's interpreter has none."""
    if installed:
        return ()
    where = f"it runs the uncork in {MAIN.parents[1]}, which must stay: the app's Python has none"
    return (f"{where}; {interpreter} -m pip install uncork gives it one",)


def prepare(request: InstallRequest, progress: Callable[[str], None]) -> Prepared:
    """Look at everything that could go wrong; changes nothing, but undoes a change cut off.

    Args:
        request: what to install.
        progress: is told if there was such a change.

    Raises:
        UncorkError: what would go wrong.
    """
    need_systemd(f"uncork serve {request.target}")
    need_root(f"uncork service install {request.target}")
    names = request.names
    with disk.locked():
        repair(names, progress)
    state.need_ours(names)
    drafted = draft(request)
    refuse_what_would_fail(request, drafted.findings)
    if not _has_port(names, request.port):
        refuse_taken_port(request.host, request.port)
    verify(drafted.units)
    return Prepared(
        units=drafted.units,
        record=_record(request, drafted),
        notes=drafted.notes,
        preview=_preview(drafted.units),
        exposure=exposure(drafted.units),
    )


def install(request: InstallRequest, progress: Callable[[str], None]) -> Installed:
    """Install a service and wait until it answers.

    Args:
        request: what to install.
        progress: is told each step, as a line for the user.

    Raises:
        UncorkError: why it can't be installed; the machine is then as it was.
    """
    return commit(prepare(request, progress), progress)


def commit(prepared: Prepared, progress: Callable[[str], None]) -> Installed:
    """Install what was prepared; see `install`."""
    record = prepared.record
    names = record.names
    with disk.locked():
        repair(names, progress)
        state.need_ours(names)
        before = state.begin(names, "install")
        answer = _change(
            before, record, lambda: state.write_files(prepared.units, record), progress
        )
        state.commit(names, before)
    files = (names.service_file, names.socket_file)
    settings = (names.settings_file,) if prepared.units.settings else ()
    return Installed(
        name=names.name,
        url=url_of(record.host, record.port),
        user=record.user,
        files=tuple(map(str, (*files, *settings))),
        answered=answer.code or 0,
        exposure=prepared.exposure,
        action="replaced" if before.was_installed else "installed",
    )


def roll_back(names: Names, progress: Callable[[str], None]) -> Installed:
    """Go back to what stood before the last change; doing it twice goes forward again.

    Raises:
        SystemRefusedError: nothing is remembered, or that one does not answer either.
    """
    with disk.locked():
        repair(names, progress)
        state.need_ours(names)
        target = state.previous(names)
        if target is None or target.record is None:
            raise SystemRefusedError(
                f"nothing stood before what is installed as {names.name}",
                hint=f"uncork service uninstall --name {names.name} takes it away",
            )
        record = target.record
        before = state.begin(names, "rollback")

        def put_back() -> None:
            for file in target.files:
                disk.put_back(file)

        answer = _change(before, record, put_back, progress)
        state.commit(names, before)
    return Installed(
        name=names.name,
        url=url_of(record.host, record.port),
        user=record.user,
        files=tuple(file.path for file in target.files[:-1] if file.content is not None),
        answered=answer.code or 0,
        action="rolled back",
    )


def repair(names: Names, progress: Callable[[str], None]) -> None:
    """Undo a change that was cut off, if one was."""
    unfinished = state.unfinished(names)
    if unfinished is not None:
        progress(f"putting back what stood before an {unfinished.action} that was cut off")
        state.restore(names, unfinished.before)
        state.abandon(names, unfinished.before)


def _change(
    before: Snapshot, record: Record, write: Callable[[], None], progress: Callable[[str], None]
) -> Answer:
    """Write, start and ask; on any failure put everything back and let it through."""
    try:
        progress("writing the units")
        write()
        return _run(before, record, progress)
    except BaseException:
        progress("that failed: putting back what stood before")
        state.restore(record.names, before)
        state.abandon(record.names, before)
        raise


def _run(before: Snapshot, record: Record, progress: Callable[[str], None]) -> Answer:
    names, began = record.names, time.time()
    systemctl("daemon-reload")
    systemctl("enable", names.service)
    # A crash loop fails the socket as well, and both keep count of it.
    systemctl("reset-failed", names.service, names.socket, check=False)
    if before.socket_text != record.socket_text:
        # A socket can't be opened again while its service runs (systemd.socket(5)).
        systemctl("stop", names.service, names.socket)
    progress("starting it, until it says that it is ready")
    systemctl("start", names.socket)
    started = systemctl("restart", names.service, check=False)
    if started.returncode != 0:
        raise _failure(record, began)
    progress(f"asking {url_of(record.host, record.port)[:-1]}{record.health_path}")
    answer = wait_until_healthy(record.host, record.port, record.health_path)
    if not answer.is_healthy:
        raise _failure(record, began, answer)
    return answer


def _failure(record: Record, began: float, answer: Answer | None = None) -> SystemRefusedError:
    lines = journal([record.names.service, record.names.socket], since=began)
    found = explain(lines, folder=record.folder)
    fact, last_words = found.fact, found.last_words
    if answer is not None:
        said = f"answers {answer.code}" if answer.code else f"does not answer ({answer.problem})"
        fact = f"it started, but {record.health_path} {said}"
        fact += f": {found.exception}" if found.exception else ""
    quoted = "".join(f"\n    | {line}" for line in last_words)
    return SystemRefusedError(fact, hint=f"{found.hint}{quoted}", place=found.place)


def _has_port(names: Names, port: int) -> bool:
    """Whether the port is held by the very socket that will be replaced."""
    installed = state.read_record(names)
    active = properties(names.socket, "ActiveState")["ActiveState"] == "active"
    return installed is not None and installed.port == port and active


def _record(request: InstallRequest, drafted: Draft) -> Record:
    return Record(
        name=request.names.name,
        target=request.target,
        folder=request.folder,
        script=request.script,
        interpreter=request.interpreter,
        host=request.host,
        port=request.port,
        health_path=request.health_path,
        user=drafted.findings.account.user,
        service_text=drafted.units.service,
        socket_text=drafted.units.socket,
    )


def _preview(new: Units) -> str:
    names = new.names
    pairs = ((names.service_file, new.service), (names.socket_file, new.socket))
    return "".join(
        line
        for path, text in pairs
        for line in difflib.unified_diff(
            (disk.read(path).content or "").splitlines(keepends=True),
            text.splitlines(keepends=True),
            str(path) if disk.read(path).content is not None else "/dev/null",
            str(path),
        )
    )
