"""Tests for the reloader let work through that a WSGI server needs.

Why: under werkzeug's reloader a script runs twice, and tests ``WERKZEUG_RUN_MAIN`` to do
its work in one of the two. A WSGI server has no reloader and never sets the variable
(https://werkzeug.palletsprojects.com/en/stable/serving/): work that is left to the
reloader's child would not be done at all.

What changes: ``if os.environ.get("WERKZEUG_RUN_MAIN") == "true":`` becomes ``if __name__ !=
"__main__" or os.environ.get("WERKZEUG_RUN_MAIN") == "true":``. As a script nothing changes,
and a server, which imports the module, does what the child would do. Tests that come out
right there, such as ``if not app.debug or ...``, and those around what only the terminal
sees, stay as they are.

When it declines: more than the reloader decides the test; the answer is put into a
variable; another module asks, and would get the wrong answer; another module imports the
script, or it uses multiprocessing, since either makes a copy of another name.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.reloader import reloader_tests
from uncork.analysis.syntax import modules_of
from uncork.codemods.base import Rewrite
from uncork.source.edit import Edit, Span

if TYPE_CHECKING:
    from uncork.analysis.facts import Facts
    from uncork.codemods.base import MigrationOptions

ORDER = 9


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:  # noqa: ARG001 - a codemod's signature
    """Make the script's tests right for servers."""
    if _has_copies(facts):
        return Rewrite()
    edits: dict[Span, Edit] = {}
    notes = []
    for test in reloader_tests(facts):
        if test.source is not facts.file or test.statement is None or not test.prefix:
            continue
        if test.is_of_main_only(facts):
            continue
        condition = test.statement.test
        span = facts.file.span(condition)
        start = Span(span.start, span.start)
        if start in edits:
            continue
        if isinstance(condition, ast.BoolOp) and test.prefix.endswith("and "):
            edits[start] = Edit(start, f"{test.prefix}(")
            end = Span(span.end, span.end)
            edits[end] = Edit(end, ")")
        else:
            edits[start] = Edit(start, test.prefix)
        message = "a server does what the reloader's child does; the script does what it did"
        notes.append(rules.RELOADER_CHILD.at(facts.file.place(test.statement), message))
    return Rewrite(tuple(edits.values()), diagnostics=tuple(notes))


def _has_copies(facts: Facts) -> bool:
    """Whether the running script may have a second copy, of another name.

    Another module imports it, or children that multiprocessing spawns do.
    """
    others = {"multiprocessing", "concurrent"}
    for source in facts.sources:
        own = set() if source is facts.file else {facts.file.path.stem}
        for node in source.nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = modules_of(node)
                heads = {name.partition(".")[0] for name in names}
                if heads & others or own & {name.rpartition(".")[2] for name in names}:
                    return True
    return False
