"""Debug mode, open hosts, texts that name ``__main__``, and a guard that is never true."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.syntax import keyword, literal
from uncork.checks.sources import app_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic
    from uncork.source.file import SourceFile

_OPEN = ("0.0.0.0", "::")  # noqa: S104 - looked for, and not bound


def findings(facts: Facts) -> Iterator[Diagnostic]:
    """Findings about the run call, and small mistakes in every file."""
    yield from _run_call(facts)
    for node in facts.file.nodes:
        match node:
            case ast.Compare(left=ast.Name(id="__init__")):
                message = 'the main guard is `if __name__ == "__main__":`'
                yield rules.MISSPELT_GUARD.at(facts.file.place(node), message)
            case ast.Assign(
                targets=[
                    ast.Attribute(attr="debug") | ast.Subscript(slice=ast.Constant(value="DEBUG"))
                ],
                value=ast.Constant(value=True),
            ):
                message = _DEBUG.format(ast.unparse(node))
                yield rules.DEBUG_MODE.at(facts.file.place(node), message)
            case _:
                pass
    for source in app_sources(facts):
        yield from _main_texts(source)


_DEBUG = "{}: an error page lets its reader run code"


def _run_call(facts: Facts) -> Iterator[Diagnostic]:
    for run in facts.runs:
        place = facts.file.place(run.call)
        # Dash's and Socket.IO's run calls take both by name.
        debug = run.debug or keyword(run.call, "debug")
        if debug is not None and literal(debug) is True:
            yield rules.DEBUG_MODE.at(place, _DEBUG.format("debug=True"))
        if run.host is not None and literal(run.host) in _OPEN:
            yield rules.OPEN_HOST.at(place, "the app listens on every network interface")


def _main_texts(source: SourceFile) -> Iterator[Diagnostic]:
    """``"__main__:job"``, which schedulers look up; what a guard compares is none."""
    for node in source.of(ast.Constant) if source.mentions("__main__") else ():
        match node:
            case ast.Constant(value=str(text)) if text.startswith(("__main__:", "__main__.")):
                message = f"{text!r} is looked up in the server's own module"
                yield rules.MAIN_MODULE_STRING.at(source.place(node), message)
            case _:
                pass
