"""A parser that is more than simple settings is kept, and given its command line.

Why: required and positional options, choices, nargs, groups, sub-parsers and types of
the script's own mean exactly what argparse means by them. Settings of their own in the
environment would mean something else, so that parser stays the one source of truth
(https://docs.python.org/3/library/argparse.html#the-parse-args-method).

What changes: the statements that build the parser move, line by line, into
``make_parser()``; a function of the script that parses gains ``argv=None`` instead. What
is parsed comes from ``app.config["ARGS"]``: config.py fills it from the variable
FLASK_ARGS, and the main block from ``sys.argv[1:]``. Where the app does not load a
config.py, wsgi.py fills it. Parsing is start-up work from then on, so that a WSGI server
refuses what the script refuses; the parser's ``prog`` is the script's name, which a
server would put its own in place of.

When it declines: leftovers of parse_known_args() that are used; options that may be absent
and are asked for with hasattr(); FileType that opens files for writing, which every
process would do; a parser whose parts are used elsewhere, or that would be filled later
than it is now.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.config_file import loaded_config, new_config
from uncork.analysis.keeping import keeping
from uncork.analysis.parse_calls import given_line, own_parse_calls
from uncork.codegen.command_line import parser_function
from uncork.codegen.config_module import arguments_module
from uncork.codemods.base import Rewrite
from uncork.codemods.blocks import hook_edit, new_name, segments
from uncork.codemods.config_files import config_content, load_edits
from uncork.codemods.prog import prog_edits
from uncork.source.edit import Edit, Span, apply_edits
from uncork.source.lines import add_imports, indentation, shares_a_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import PurePosixPath

    from uncork.analysis.facts import Facts
    from uncork.analysis.keeping import Keeping
    from uncork.codemods.base import MigrationOptions
    from uncork.codemods.blocks import Segment
    from uncork.source.file import SourceFile

ORDER = 14


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:  # noqa: ARG001 - a codemod's signature
    """Keep the parser, and hand it the command line through app.config."""
    kept = keeping(facts)
    if kept is None:
        return Rewrite()
    if kept.problems:
        return Rewrite(diagnostics=kept.problems)
    edits = [*_main_edits(facts, kept), *_function_edits(facts, kept)]
    files, loads = _config(facts, kept)
    place = facts.file.place(kept.line.parse)
    message = f"the options stay a command line, given as FLASK_ARGS: {kept.reason}"
    note = rules.PARSER_KEPT.at(place, message)
    return Rewrite((*edits, *loads), files, diagnostics=(note,))


def _main_edits(facts: Facts, kept: Keeping) -> Iterator[Edit]:
    """The main block: the parser's statements leave it, the command line is put into app.config."""
    main, app = facts.main, facts.application
    assert main is not None  # noqa: S101 - keeping() asked
    assert app is not None  # noqa: S101
    file, cut = facts.file, segments(facts.file, main.guard)
    indent = indentation(file, main.guard.body[0])
    value = f'{app.flask}.config["{kept.key}"]'
    numbers = [n for n, s in enumerate(main.statements) if s in kept.builders]
    maker, prog = "", list(prog_edits(file, _roots(kept), file.path.name))
    if kept.moves:
        maker = new_name(facts, "make_parser", "build_parser", "option_parser")
        body = "".join(_text(file, cut[n], prog) for n in numbers)
        body = body.removeprefix(cut[numbers[0]].blank_lines)
        yield hook_edit(file, main.guard, parser_function(maker, kept.line.parser, indent, body))
        for number in numbers:
            keeps = kept.used_outside and number == numbers[-1]
            line = f"{indent}{kept.line.parser} = {maker}()\n" if keeps else ""
            yield Edit(cut[number].span, line)
    start = cut[0].span.start
    yield Edit(Span(start, start), f"{indent}{value} = sys.argv[1:]\n")
    parse = next(n for n, s in enumerate(main.statements) if s.node is kept.line.parse)
    if kept.moves and numbers == list(range(parse)):
        yield Edit(cut[parse].blank_span, "")
    if maker and not kept.used_outside and isinstance(kept.line.call.func, ast.Attribute):
        yield Edit(file.span(kept.line.call.func.value), f"{maker}()")
    moved = [cut[n].span for n in numbers] if kept.moves else []
    yield from (edit for edit in prog if not any(edit.span in span for span in moved))
    yield from _give(facts, kept, value)
    yield from add_imports(file, ["sys"])


def _text(file: SourceFile, segment: Segment, edits: Sequence[Edit]) -> str:
    """A segment's text, with the edits that fall into it."""
    span = segment.span
    own = [
        Edit(Span(edit.span.start - span.start, edit.span.end - span.start), edit.replacement)
        for edit in edits
        if edit.span in span
    ]
    if not own:
        return segment.text
    edited = apply_edits(file.utf8[span.start : span.end], own).decode()
    return edited.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"


def _give(facts: Facts, kept: Keeping, value: str) -> Iterator[Edit]:
    """Give the call that parses its command line."""
    call, function = kept.line.call, kept.line.function
    given = given_line(call) if function is None else None
    if given is not None:
        yield Edit(facts.file.span(given), value)
        return
    end = facts.file.span(call).end - 1
    names = call.args or call.keywords
    by_name = bool(function and (function.args.args or function.args.posonlyargs))
    text = f"{_parameter(function)}={value}" if function and by_name else value
    if function is None and call.keywords:
        text = f"args={value}"
    yield Edit(Span(end, end), f", {text}" if names else text)


def _parameter(function: ast.FunctionDef) -> str:
    """The parameter of a function that takes the command line: its own, or the new one."""
    given = given_line(own_parse_calls(function)[0])
    is_own = isinstance(given, ast.Name)
    return given.id if is_own else "argv"  # type: ignore[union-attr]


def _function_edits(facts: Facts, kept: Keeping) -> Iterator[Edit]:
    """The script's own function that parses gains ``argv=None``, unless it has it."""
    function = kept.line.function
    if function is None:
        return
    call = own_parse_calls(function)[0]
    given = given_line(call)
    if isinstance(given, ast.Name):
        return
    file = facts.file
    if given is not None:
        yield Edit(file.span(given), "argv")
    else:
        end = file.span(call).end - 1
        if call.keywords:
            yield Edit(Span(end, end), ", args=argv")
        else:
            yield Edit(Span(end, end), "argv")
    if function.args.args or function.args.posonlyargs:
        last: ast.expr | ast.arg = [*function.args.posonlyargs, *function.args.args][-1]
        end = file.span(last).end
        if function.args.defaults:
            end = max(end, file.span(function.args.defaults[-1]).end)
        yield Edit(Span(end, end), ", argv=None")
    else:
        head = file.offset(function.lineno, function.col_offset)
        text = file.slice(Span(head, file.span(function.body[0]).start))
        opening = head + len(text[: text.index("(") + 1].encode())
        yield Edit(Span(opening, opening), "argv=None")


def _roots(kept: Keeping) -> Iterator[ast.AST]:
    """Where the parser is made."""
    yield from (s.node for s in kept.builders)
    yield kept.line.call
    if kept.line.function:
        yield kept.line.function


def _config(facts: Facts, kept: Keeping) -> tuple[dict[PurePosixPath, bytes], list[Edit]]:
    """config.py with the setting, where the app loads such a file or can load one."""
    app = facts.application
    assert app is not None  # noqa: S101 - keeping() asked
    loaded, problem = loaded_config(facts, app)
    if app.creation is None or problem is not None or shares_a_line(facts.file, app.statement):
        return {}, []  # wsgi.py puts it there
    path = loaded or new_config(facts.project)
    script = facts.file.path.name

    def text(existing: str | None) -> str:
        return arguments_module(script, kept.key, existing)

    content = config_content(facts, loaded, text, ["os", "shlex"])
    return {path: content}, [] if loaded else load_edits(facts.file, app, path.name)
