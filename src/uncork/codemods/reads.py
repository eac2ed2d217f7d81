"""``args.x`` becomes ``app.config["X"]``. Not a codemod itself: it has no ORDER."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.syntax import dotted
from uncork.codemods.base import Rewrite
from uncork.source.edit import Edit, Span
from uncork.source.fstrings import attribute_pattern, find_in_braces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uncork.analysis.application import Application
    from uncork.analysis.facts import Facts
    from uncork.analysis.settings import Setting
    from uncork.diagnostics import Diagnostic


def replace_reads(facts: Facts, app: Application, settings: Sequence[Setting]) -> Rewrite:
    """The edits for every place where the app evaluates a setting's option."""
    edits: list[Edit] = []
    diagnostics = list(_shadowed(facts, app, settings))
    strings = _outermost_strings(facts.file.tree)
    for setting in settings:
        by_string: dict[ast.JoinedStr, list[ast.Attribute]] = {}
        for read in setting.reads:
            if read in strings:
                by_string.setdefault(strings[read], []).append(read)
            else:
                edits.append(Edit(facts.file.span(read), f'{app.name}.config["{setting.key}"]'))
        for string, reads in by_string.items():
            found = _in_string(facts, app, string, reads, setting)
            edits += found.edits
            diagnostics += found.diagnostics
    return Rewrite(tuple(edits), diagnostics=tuple(diagnostics))


def _shadowed(facts: Facts, app: Application, settings: Sequence[Setting]) -> Iterator[Diagnostic]:
    """Reads in a scope where the application object's name is somebody else's."""
    scopes = {use.node: use.scope for use in facts.names.uses()}
    for setting in settings:
        for read in setting.reads:
            if not facts.names.is_module_level(app.name, scopes[read.value]):
                message = f"{app.name} is another object where {ast.unparse(read)} is read"
                yield rules.SHADOWED_APPLICATION.at(facts.file.place(read), message)


def _outermost_strings(tree: ast.Module) -> dict[ast.AST, ast.JoinedStr]:
    """Every node inside an f-string, with the outermost one around it."""
    found: dict[ast.AST, ast.JoinedStr] = {}
    # ast.walk goes from the outside to the inside.
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and node not in found:
            found.update(dict.fromkeys(ast.walk(node), node))
    return found


def _in_string(
    facts: Facts,
    app: Application,
    string: ast.JoinedStr,
    reads: Sequence[ast.Attribute],
    setting: Setting,
) -> Rewrite:
    span = facts.file.span(string)
    text = facts.file.slice(span)
    pattern = attribute_pattern(dotted(reads[0].value), reads[0].attr)
    found = find_in_braces(text, pattern)
    place, shown = facts.file.place(string), ast.unparse(reads[0])
    if len(found) != len(reads):
        message = f"{shown} means more than one thing in this string"
        return Rewrite(diagnostics=(rules.SHADOWED_APPLICATION.at(place, message),))
    edits = []
    for match in found:
        quote = match.quote()
        if quote is None:
            message = f"{shown} is read where both kinds of quotes are in use"
            return Rewrite(diagnostics=(rules.QUOTES_USED_UP.at(place, message),))
        start = span.start + len(text[: match.start].encode())
        end = span.start + len(text[: match.end].encode())
        edits.append(Edit(Span(start, end), f"{app.name}.config[{quote}{setting.key}{quote}]"))
    return Rewrite(tuple(edits))
