"""How the ends of ``uncork up`` look; a service's own is in uncork.render.service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import uncork.render.service  # noqa: F401 - registers the forms of an installed service
from uncork.errors import ExitStatus
from uncork.render.json import json_of
from uncork.render.text import text_of
from uncork.up import Unproved


@dataclass(frozen=True)
class Refused:
    """The answer to the question was no."""

    @property
    def status(self) -> ExitStatus:
        """Changes are pending."""
        return ExitStatus.PENDING


@text_of.register(Refused)
def _(_refused: Refused) -> str:
    return "Nothing was changed."


@text_of.register(Unproved)
def _(unproved: Unproved) -> str:
    report = text_of(unproved.report)
    return f"{report}\nNothing was written. `uncork up --as-is` serves it unchanged."


@json_of.register(Refused)
def _(_refused: Refused) -> dict[str, Any]:
    return {"changed": False}


@json_of.register(Unproved)
def _(unproved: Unproved) -> dict[str, Any]:
    return {"changed": False, "verification": json_of(unproved.report)}
