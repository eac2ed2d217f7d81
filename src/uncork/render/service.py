"""Services as people read them and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from uncork.render.json import json_of
from uncork.render.text import text_of
from uncork.service.results import (
    Done,
    Installed,
    NotInstalled,
    ServiceList,
    ServiceStatus,
    Shown,
)

_MIB = 1 << 20


@text_of.register(Installed)
def _(installed: Installed) -> str:
    user = installed.user or "a user of its own"
    lines = [
        f"{installed.name} is {installed.action} and runs as {user}",
        f"{installed.url} answers {installed.answered}",
        "It starts at boot, and again when it ends.",
        f"    uncork service status --name {installed.name}",
        f"    uncork service logs --name {installed.name} -f",
    ]
    if installed.action == "replaced":
        lines.append(f"    uncork service rollback --name {installed.name}")
    return "\n".join(lines)


@json_of.register(Installed)
def _(installed: Installed) -> dict[str, Any]:
    return {"service": asdict(installed)}


@text_of.register(NotInstalled)
def _(result: NotInstalled) -> str:
    return f"{result.name} was not installed: nothing was changed"


@json_of.register(NotInstalled)
def _(result: NotInstalled) -> dict[str, Any]:
    return {"service": asdict(result)}


@text_of.register(Shown)
def _(shown: Shown) -> str:
    names = shown.units.names
    return f"# {names.service}\n{shown.units.service}\n# {names.socket}\n{shown.units.socket}"


@json_of.register(Shown)
def _(shown: Shown) -> dict[str, Any]:
    names = shown.units.names
    texts = {names.service: shown.units.service, names.socket: shown.units.socket}
    return {"units": texts, "notes": list(shown.notes)}


@text_of.register(Done)
def _(done: Done) -> str:
    return "\n".join([f"{done.name} is {done.action}", *(f"    {note}" for note in done.notes)])


@json_of.register(Done)
def _(done: Done) -> dict[str, Any]:
    return {"service": {**asdict(done), "notes": list(done.notes)}}


@text_of.register(ServiceStatus)
def _(status: ServiceStatus) -> str:
    answers = f"answers {status.answered}" if status.answered else "does not answer"
    memory = f", {status.memory / _MIB:.0f} MiB" if status.memory is not None else ""
    rows = [
        ("state", f"{status.state} since {status.since}" if status.since else status.state),
        ("socket", "open" if status.listening else "closed"),
        ("url", f"{status.url} {answers}"),
        ("process", f"{status.main_pid}{memory}" if status.main_pid else "none"),
        ("restarts", f"{status.restarts} after it ended by itself"),
        ("reboot", "starts at boot" if status.survives_reboot else "does NOT start at boot"),
    ]
    if status.unfinished:
        rows.append(("change", "one was cut off; the next command as root puts back what was"))
    rows += [("last error", line) for line in status.last_errors]
    return "\n".join([status.name, *(f"    {key:<11}{value}" for key, value in rows)])


@json_of.register(ServiceStatus)
def _(status: ServiceStatus) -> dict[str, Any]:
    return {
        "service": {
            **asdict(status),
            "last_errors": list(status.last_errors),
            "is_well": status.is_well,
        }
    }


@text_of.register(ServiceList)
def _(found: ServiceList) -> str:
    if not found.services:
        return "no services yet: uncork service install"
    width = max(len(service.name) for service in found.services)
    return "\n".join(
        f"{service.name:<{width}}  {service.state:<10}  {service.url}  {service.target}"
        for service in found.services
    )


@json_of.register(ServiceList)
def _(found: ServiceList) -> dict[str, Any]:
    return {"services": [asdict(service) for service in found.services]}
