"""Where exactly a setting's option is read: in plain code, and inside f-strings."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.syntax import dotted
from uncork.source.edit import Span
from uncork.source.fstrings import attribute_pattern, find_in_braces, outermost_strings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uncork.analysis.application import Application
    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic


@dataclass(frozen=True)
class ReadPlace:
    """A place where an option is read.

    Args:
        span: the expression ``args.x``.
        quote: the quotes that are free to be used there.
    """

    span: Span
    quote: str = '"'


def find_reads(
    facts: Facts, app: Application, reads: Sequence[ast.Attribute]
) -> tuple[list[ReadPlace], list[Diagnostic]]:
    """Where one option is read, and why ``app.config`` can't stand there.

    Python 3.11 and older do not know where nodes inside f-strings stand.

    Args:
        facts: of the script.
        app: its application object.
        reads: the expressions ``args.x``, of one option.
    """
    problems = list(_shadowed(facts, app, reads))
    strings = outermost_strings(facts.file.tree)
    by_string: dict[ast.JoinedStr, list[ast.Attribute]] = {}
    places: list[ReadPlace] = []
    for read in reads:
        if read in strings:
            by_string.setdefault(strings[read], []).append(read)
        else:
            places.append(ReadPlace(facts.file.span(read)))
    for string, inside in by_string.items():
        found, problem = _in_string(facts, string, inside)
        places += found
        problems += [problem] if problem else []
    return places, problems


def _shadowed(
    facts: Facts, app: Application, reads: Sequence[ast.Attribute]
) -> Iterator[Diagnostic]:
    """Reads in a scope where the application object's name is somebody else's."""
    scopes = {use.node: use.scope for use in facts.names.uses()}
    for read in reads:
        if not facts.names.is_module_level(app.name, scopes[read.value]):
            message = f"{app.name} is another object where {ast.unparse(read)} is read"
            yield rules.SHADOWED_APPLICATION.at(facts.file.place(read), message)


def _in_string(
    facts: Facts, string: ast.JoinedStr, reads: Sequence[ast.Attribute]
) -> tuple[list[ReadPlace], Diagnostic | None]:
    span = facts.file.span(string)
    text = facts.file.slice(span)
    pattern = attribute_pattern(dotted(reads[0].value), reads[0].attr)
    found = find_in_braces(text, pattern)
    place, shown = facts.file.place(string), ast.unparse(reads[0])
    if len(found) != len(reads):
        message = f"{shown} means more than one thing in this string"
        return [], rules.SHADOWED_APPLICATION.at(place, message)
    places = []
    for match in found:
        quote = match.quote()
        if quote is None:
            message = f"{shown} is read where both kinds of quotes are in use"
            return [], rules.QUOTES_USED_UP.at(place, message)
        start = span.start + len(text[: match.start].encode())
        end = span.start + len(text[: match.end].encode())
        places.append(ReadPlace(Span(start, end), quote))
    return places, None
