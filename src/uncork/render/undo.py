"""What was applied and taken back, as people and machines read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from uncork.errors import ExitStatus
from uncork.render.json import json_of
from uncork.render.text import text_of
from uncork.transaction import Applied, Recovered, Undone


@dataclass(frozen=True)
class History:
    """What can be undone in a project.

    Args:
        folder: the project's folder.
        applied: the applies, the last one first.
    """

    folder: str
    applied: tuple[Applied, ...]

    @property
    def status(self) -> ExitStatus:
        """Done."""
        return ExitStatus.DONE


@text_of.register(Applied)
def _(applied: Applied) -> str:
    parts = [
        f"{verb} {', '.join(paths)}"
        for verb, paths in (
            ("edited", applied.edited),
            ("created", applied.created),
            ("removed", applied.removed),
        )
        if paths
    ]
    return f"{applied.number}  {applied.when}  {applied.label}: {'; '.join(parts)}"


@text_of.register(Recovered)
def _(recovered: Recovered) -> str:
    what = f" ({recovered.applied.label})" if recovered.applied else ""
    if recovered.finished:
        return f"an interrupted {recovered.command}{what} had done all its work"
    return f"an interrupted {recovered.command}{what} was rolled back"


@text_of.register(Undone)
def _(undone: Undone) -> str:
    if undone.applied is None and undone.recovered is None:
        return f"Nothing to undo in {undone.folder}."
    lines = []
    if undone.recovered:
        sentence = text_of(undone.recovered)
        lines.append(f"{sentence[:1].upper()}{sentence[1:]}.")
    if undone.applied:
        back = sorted((*undone.applied.edited, *undone.applied.removed))
        lines += [f"Put back {', '.join(back)}."] if back else []
        created = undone.applied.created
        lines += [f"Removed {', '.join(created)}."] if created else []
    if undone.left:
        lines.append(f"{undone.left} more can be undone: uncork undo --list")
    return "\n".join(lines)


@text_of.register(History)
def _(history: History) -> str:
    if not history.applied:
        return f"Nothing to undo in {history.folder}."
    return "\n".join(text_of(applied) for applied in history.applied)


@json_of.register(Applied)
def _(applied: Applied) -> dict[str, Any]:
    return {
        "number": applied.number,
        "label": applied.label,
        "when": applied.when,
        "edited": list(applied.edited),
        "created": list(applied.created),
        "removed": list(applied.removed),
    }


@json_of.register(Recovered)
def _(recovered: Recovered) -> dict[str, Any]:
    return {
        "interrupted": recovered.command,
        "finished": recovered.finished,
        "applied": json_of(recovered.applied) if recovered.applied else None,
    }


@json_of.register(Undone)
def _(undone: Undone) -> dict[str, Any]:
    return {
        "folder": undone.folder,
        "undone": json_of(undone.applied) if undone.applied else None,
        "left": undone.left,
        "recovered": json_of(undone.recovered) if undone.recovered else None,
    }


@json_of.register(History)
def _(history: History) -> dict[str, Any]:
    return {
        "folder": history.folder,
        "applied": [json_of(applied) for applied in history.applied],
    }
