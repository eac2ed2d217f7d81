"""``args.x`` becomes ``app.config["X"]``. Not a codemod itself: it has no ORDER."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uncork.analysis.reads import find_reads
from uncork.source.edit import Edit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uncork.analysis.application import Application
    from uncork.analysis.facts import Facts
    from uncork.analysis.settings import Setting


def replace_reads(facts: Facts, app: Application, settings: Sequence[Setting]) -> tuple[Edit, ...]:
    """The edits for every place where the app evaluates a setting's option."""
    return tuple(
        Edit(place.span, f"{app.flask}.config[{place.quote}{setting.key}{place.quote}]")
        for setting in settings
        for place in find_reads(facts, app, setting.reads)[0]
    )
