"""What a WSGI server would miss, since it never runs the main block."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.command_lines import find_line_reads
from uncork.analysis.main_block import Role
from uncork.analysis.settings import find_settings
from uncork.analysis.syntax import is_main_guard, walk_here
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic


def findings(facts: Facts) -> Iterator[Diagnostic]:
    """Start-up work, options, clean-up and names that only the main block has."""
    main = facts.main
    if main is None:
        yield from _unguarded(facts)
        return
    for statement in main.of(Role.START_UP):
        source = facts.file.line(statement.node.lineno).strip()
        yield rules.START_UP_IN_MAIN.at(
            facts.file.place(statement.node), f"`{source}` never runs under a WSGI server"
        )
    yield from _options(facts)
    yield from _names(facts)
    for statement in main.of(Role.CLEAN_UP):
        source = facts.file.line(statement.node.lineno).strip()
        yield rules.CLEAN_UP_IN_MAIN.at(
            facts.file.place(statement.node), f"`{source}` never runs under a WSGI server"
        )


def _options(facts: Facts) -> Iterator[Diagnostic]:
    """Options, and command lines that are read where a server's own would be found."""
    found, line = find_settings(facts), facts.command_line
    fresh = [setting.option for setting in found.settings if not setting.option.key]
    for option in fresh:
        flag = max(option.flags, key=len, default=option.dest)
        message = f"the app reads {flag}, which only the command line sets"
        yield rules.OPTIONS_IN_MAIN.at(facts.file.place(option.call), message)
    if found.problems:
        if line is not None and not fresh:
            message = "the app needs what is parsed here, which only the command line sets"
            yield rules.OPTIONS_IN_MAIN.at(facts.file.place(line.parse), message)
        return
    for node in find_line_reads(facts).nodes[:1]:
        message = f"`{ast.unparse(node)}` finds the server's own command line under a WSGI server"
        yield rules.OPTIONS_IN_MAIN.at(facts.file.place(node), message)


def _unguarded(facts: Facts) -> Iterator[Diagnostic]:
    on_import = {
        node
        for statement in facts.file.tree.body
        if not is_main_guard(statement)
        for node in walk_here(statement)
    }
    for run in facts.runs:
        if run.call in on_import:
            message = "importing the module starts the development server"
            yield rules.UNGUARDED_RUN.at(facts.file.place(run.call), message)


def _names(facts: Facts) -> Iterator[Diagnostic]:
    """Names that functions read and that nothing but the main block binds."""
    main = facts.main
    assert main is not None  # noqa: S101 - findings asked
    inside = {node for s in main.statements for node in walk(s.node)}
    bound_elsewhere = {
        use.name for use in facts.names.uses() if not use.reads and use.node not in inside
    }
    reported: set[str] = set()
    for statement in main.of(Role.START_UP, Role.PARSER, Role.MAIN_ONLY):
        for name in statement.binds - bound_elsewhere - reported:
            for use in facts.names.uses(name):
                function = use.scope.function()
                if use.reads and function is not None and use.node not in inside:
                    reported.add(name)
                    message = f"{function.name}() reads {name}, which only the main block binds"
                    line = getattr(use.node, "lineno", function.lineno)
                    yield rules.NAME_FROM_MAIN.at(facts.file.place(line), message)
                    break
