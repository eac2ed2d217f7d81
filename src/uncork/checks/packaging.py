"""What a server needs beside the script: an entry point, and itself among the requirements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uncork import rules
from uncork.codemods.entry_point import find_entry
from uncork.codemods.requirements import names_a_server, requirements_of
from uncork.errors import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic


def findings(facts: Facts) -> Iterator[Diagnostic]:
    """A missing entry point, a missing server."""
    if facts.runs and find_entry(facts) is None:
        message = "no module beside it has an application factory for WSGI servers"
        yield rules.NO_ENTRY_POINT.at(facts.file.place(facts.runs[0].call), message)
    found = requirements_of(facts)
    if found and not any(names_a_server(path, content) for path, content in found.items()):
        place = Place(f"{facts.file.prefix}{next(iter(found))}")
        yield rules.NO_SERVER_REQUIREMENT.at(place, "no WSGI server is named")
