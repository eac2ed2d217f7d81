"""Code that reads the command line on import, or in a function, gets it from FLASK_ARGS.

Why: a WSGI server imports the script, and ``sys.argv`` is the server's own there:
``parse_args()`` at module level would end gunicorn with a usage message, or take its
options for the script's.

What changes: ``command_line()`` is written above the first place that needs it. It returns
what stands behind the script's name in ``sys.argv`` where the script is the running program (also
in its second copy, when another module imports it, and in children that multiprocessing
spawns), else what the variable FLASK_ARGS says. ``parse_args()`` is given that;
``sys.argv`` itself becomes ``command_line()``, which begins with the script then. What
only the main block does stays as it is.

Other modules of the project that read it, when the app runs, get such a function as well:
there the running program is theirs if it stands in the script's folder.

When it declines: modules outside the script's folder, or that a program in another folder
imports; reads inside f-strings that can't be told apart.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.command_lines import (
    LineReads,
    find_line_reads,
    foreign_modules,
    program_elsewhere,
)
from uncork.analysis.kept_parser import find_kept_parser
from uncork.codegen.command_line import command_line_function, foreign_function
from uncork.codemods.base import Rewrite
from uncork.codemods.blocks import new_name
from uncork.codemods.line_reads import reader_edits
from uncork.codemods.prog import prog_edits
from uncork.source.indent import step_of
from uncork.source.walk import walk

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from uncork.analysis.facts import Facts
    from uncork.codemods.base import MigrationOptions
    from uncork.diagnostics import Diagnostic
    from uncork.source.edit import Edit
    from uncork.source.file import SourceFile

ORDER = 16


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:  # noqa: ARG001 - a codemod's signature
    """Give what reads the command line the script's own, or that of FLASK_ARGS."""
    if facts.main is None:
        return Rewrite()
    files: dict[PurePosixPath, bytes] = {}
    said: list[Diagnostic] = []
    for source, reads in foreign_modules(facts):
        program = program_elsewhere(facts, source)
        if program is not None:
            message = f"{program.place().path} imports this too, and would be given FLASK_ARGS"
            said.append(rules.FOREIGN_COMMAND_LINE.at(source.place(reads.nodes[0]), message))
            continue
        edits = _foreign(facts, source, reads)
        said.append(_said(source, reads, edits))
        if edits is not None:
            files[source.path] = source.edited(edits).content
    own: list[Edit] = []
    reads = find_line_reads(facts)
    if reads.nodes:
        edits = _own(facts, reads)
        said.append(_said(facts.file, reads, edits))
        own = edits or []
    return Rewrite(tuple(own), files, diagnostics=tuple(said))


def _said(source: SourceFile, reads: LineReads, edits: list[Edit] | None) -> Diagnostic:
    first = reads.nodes[0]
    place = source.place(first)
    if edits is None:
        message = f"`{ast.unparse(first)}` stands where another can't take its place"
        return rules.FOREIGN_COMMAND_LINE.at(place, message)
    message = f"`{ast.unparse(first)}` reads FLASK_ARGS where a WSGI server runs the app"
    return rules.COMMAND_LINE_ON_IMPORT.at(place, message)


def _own(facts: Facts, reads: LineReads) -> list[Edit] | None:
    """The edits of the script itself."""
    reader = facts.kept_parser.reader
    name = reader.name if reader else new_name(facts, "command_line", "script_arguments")
    whole = facts.kept_parser.whole if reader else bool(reads.argvs)
    step = step_of(facts.file)
    text = "" if reader else command_line_function(name, step, whole=whole)
    edits = reader_edits(facts.file, reads, name, text, ["os", "shlex", "sys"], whole=whole)
    if edits is None:
        return None
    script = facts.file.path.name
    return [*edits, *(prog_edits(facts.file, [facts.file.tree], script) if reads.parses else ())]


def _foreign(facts: Facts, source: SourceFile, reads: LineReads) -> list[Edit] | None:
    """The edits of another module, which stands in the script's folder or below it."""
    folder = facts.file.path.parent
    used = {node.id for node in walk(source.tree) if isinstance(node, ast.Name)}
    used |= {s.name for s in source.tree.body if isinstance(s, ast.FunctionDef)}
    kept = find_kept_parser(source)
    name = kept.reader.name if kept.reader else "command_line"
    if (name in used and not kept.reader) or not source.path.is_relative_to(folder):
        return None
    whole = kept.whole if kept.reader else bool(reads.argvs)
    depth = len(source.path.relative_to(folder).parts) - 1
    script, step = facts.file.path.name, step_of(source)
    text = "" if kept.reader else foreign_function(name, step, script, depth, whole=whole)
    modules = ["os", "pathlib", "shlex", "sys"]
    return reader_edits(source, reads, name, text, modules, whole=whole)
