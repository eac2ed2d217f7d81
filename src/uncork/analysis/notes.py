"""Notes of a plan: what a reader of its diff should know, though nothing is in the way."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.greenlets import serving_notes
from uncork.analysis.hazards import unpickling_calls
from uncork.analysis.syntax import full_name, imports_of, keyword, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic


def find_notes(facts: Facts, entry: str) -> list[Diagnostic]:
    """The notes of the script before it is migrated.

    Args:
        facts: of the script.
        entry: the import string that servers are given afterwards.
    """
    return [*_signals(facts), *_run(facts), *_pickles(facts), *serving_notes(facts, entry)]


def _signals(facts: Facts) -> Iterator[Diagnostic]:
    for source in facts.sources:
        imports = imports_of(source.tree)
        for node in source.of(ast.Call) if source.mentions("signal") else ():
            if full_name(node.func, imports) == "signal.signal":
                message = "this handler would replace the server's own"
                yield rules.SIGNAL_HANDLER.at(source.place(node), message)


def _run(facts: Facts) -> Iterator[Diagnostic]:
    if facts.direct_run is None:
        return
    call = facts.direct_run.call
    place = facts.file.place(call)
    if keyword(call, "ssl_context") is not None:
        yield rules.TLS_IN_RUN.at(place, "HTTPS is the reverse proxy's matter from now on")
    processes = literal(keyword(call, "processes"))
    one = literal(keyword(call, "threaded")) is False or literal(keyword(call, "threads")) == 1
    if one and processes in (..., 1):
        yield rules.ONE_AT_A_TIME.at(place, "the app is served one request at a time: --threads 1")


def _pickles(facts: Facts) -> Iterator[Diagnostic]:
    if any(isinstance(node, ast.ClassDef) for node in facts.file.nodes):
        return  # a hazard, and no mere note
    for source, call in unpickling_calls(facts):
        message = "an object that names a function of this script would not load"
        yield rules.PICKLED_FUNCTIONS.at(source.place(call), message)
