"""Options become settings.

Why: under a WSGI server the command line is the server's, so what the app reads from
argparse needs another way in. Flask's own is ``app.config``, filled from a file and
from the environment (https://flask.palletsprojects.com/en/stable/config/).

What changes: ``config.py`` is written (or extended, where the app loads a Python file
already) with one line for each option that the app reads; the app loads it directly
behind its creation; the option's default is read from ``app.config``, and the parsed
value is put back there, so that the command line wins over the environment, which wins
over config.py. ``args.x`` in views and in start-up work becomes ``app.config["X"]``. A
statement of the script's own such as ``app.config["X"] = args.x`` is that override
already and stays. Options that only feed the run call (host, port, debug) stay as they are.

When it declines: options that are more than str, int, float or a flag with a literal
default; parsed arguments that are handed around or changed; keys that Flask or the
project uses; an application object that is not made at module level; configuration
loaded by other means.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.settings import Setting, find_settings
from uncork.analysis.syntax import dotted, keyword, literal
from uncork.codegen.config_module import config_module
from uncork.codemods.base import Rewrite
from uncork.source.edit import Edit, Span
from uncork.source.file import SourceFile
from uncork.source.lines import (
    add_imports,
    indentation,
    insert_behind,
    last_line,
    shares_a_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from uncork.analysis.application import Application
    from uncork.analysis.facts import Facts
    from uncork.analysis.options import CommandLine
    from uncork.codemods.base import MigrationOptions
    from uncork.diagnostics import Diagnostic
    from uncork.source.project import Project

ORDER = 10
_WIDTH = 88


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:  # noqa: ARG001 - a codemod's signature
    """Turn the options that the app reads into settings."""
    found = find_settings(facts)
    line, app = facts.command_line, facts.application
    fresh = [setting for setting in found.settings if not setting.option.key]
    if line is None or app is None:
        return Rewrite()
    if found.problems or not fresh:
        return Rewrite(edits=tuple(_reads(facts, app, found.settings)), diagnostics=found.problems)
    declined = [*_declined(facts, app, line)]
    loaded, problem = _loaded_config(facts, app)
    if declined or problem:
        return Rewrite(diagnostics=(*declined, *([problem] if problem else [])))
    path = loaded or _new_config(facts.project)
    config = facts.project.source(path) or SourceFile(path, b"")
    existing = config.text.replace("\r\n", "\n") if loaded else None
    newline = config.newline if loaded else facts.file.newline
    text = config_module(facts.file.path.name, fresh, existing)
    edits = [
        *_reads(facts, app, found.settings),
        *_defaults(facts.file, app, fresh),
        *_update(facts.file, app, line, fresh),
        *([] if loaded else _load(facts.file, app, path.name)),
    ]
    content = config.content + text.replace("\n", newline).encode()
    return Rewrite(tuple(edits), {path: content})


def _declined(facts: Facts, app: Application, line: CommandLine) -> Iterator[Diagnostic]:
    if app.creation is None:
        message = f"{app.name} is imported, and the options are settings of its own"
        yield rules.NO_MODULE_APPLICATION.at(facts.file.place(app.statement), message)
    for statement in (app.statement, line.parse):
        if shares_a_line(facts.file, statement):
            message = "the statement behind which a line would be added shares its line"
            yield rules.SHARED_LINE.at(facts.file.place(statement), message)


def _loaded_config(
    facts: Facts, app: Application
) -> tuple[PurePosixPath | None, Diagnostic | None]:
    """The Python file that the app loads its configuration from, or why none can be extended."""
    for statement in facts.file.tree.body:
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
            continue
        call = statement.value
        owner, _, method = dotted(call.func).rpartition(".")
        if owner != f"{app.name}.config" or not method.startswith("from_"):
            continue
        name = literal(call.args[0]) if call.args else ...
        path = facts.file.path.parent / name if isinstance(name, str) else None
        if method == "from_pyfile" and app.root_is_folder and path in facts.project.contents:
            return path, None
        message = f"settings are loaded by {app.name}.config.{method}()"
        return None, rules.OTHER_CONFIG.at(facts.file.place(statement), message)
    return None, None


def _new_config(project: Project) -> PurePosixPath:
    """config.py, or SCRIPT_config.py where that name means something else."""
    folder, stem = project.script.parent, project.script.stem
    imported = any(
        (isinstance(node, ast.ImportFrom) and node.module == "config")
        or (isinstance(node, ast.Import) and any(a.name == "config" for a in node.names))
        for source in project.sources()
        for node in ast.walk(source.tree)
    )
    taken = imported or project.taken("config.py") or project.taken("config")
    return folder / (f"{stem.replace('-', '_')}_config.py" if taken else "config.py")


def _load(file: SourceFile, app: Application, name: str) -> list[Edit]:
    """Load the config module directly behind the application object's creation."""
    if app.root_is_folder:
        text = f'{app.name}.config.from_pyfile("{name}")\n'
        return [insert_behind(file, last_line(app.statement), text)]
    # Flask would look for it in another folder: say where it is.
    text = (
        f"{app.name}.config.from_pyfile("
        f'os.path.join(os.path.dirname(os.path.abspath(__file__)), "{name}"))\n'
    )
    return [*add_imports(file, ["os"]), insert_behind(file, last_line(app.statement), text)]


def _defaults(file: SourceFile, app: Application, settings: list[Setting]) -> Iterator[Edit]:
    """Make each option's default the setting's value."""
    for setting in settings:
        call, value = setting.option.call, f'{app.name}.config["{setting.key}"]'
        given = keyword(call, "default")
        if given is not None:
            yield Edit(file.span(given), value)
            continue
        helped = next((k for k in call.keywords if k.arg == "help"), None)
        if helped is not None:
            start = file.span(helped).start
            yield Edit(Span(start, start), f"default={value}, ")
            continue
        last = max([*call.args, *call.keywords], key=lambda node: file.span(node).end)
        own_line = not file.line(last.lineno)[: last.col_offset].strip()
        gap = f",\n{file.line(last.lineno)[: last.col_offset]}" if own_line else ", "
        end = file.span(last).end
        yield Edit(Span(end, end), f"{gap}default={value}")


def _update(
    file: SourceFile, app: Application, line: CommandLine, settings: list[Setting]
) -> Iterator[Edit]:
    """Put the parsed values into app.config, unless the script does so itself."""
    pairs = [f"{s.key}={line.arguments}.{s.option.dest}" for s in settings if not s.overridden]
    if not pairs:
        return
    indent = indentation(file, line.parse)
    text = f"{indent}{app.name}.config.update({', '.join(pairs)})\n"
    if len(text) > _WIDTH:
        step = "\t" if indent.startswith("\t") else "    "
        inner = "".join(f"{indent}{step}{pair},\n" for pair in pairs)
        text = f"{indent}{app.name}.config.update(\n{inner}{indent})\n"
    yield insert_behind(file, last_line(line.parse), text)


def _reads(facts: Facts, app: Application, settings: tuple[Setting, ...]) -> Iterator[Edit]:
    """Replace ``args.x`` by ``app.config["X"]`` where the app evaluates it."""
    strings = [node for node in ast.walk(facts.file.tree) if isinstance(node, ast.JoinedStr)]
    inside = {inner: node for node in strings for inner in ast.walk(node)}
    done: set[tuple[ast.AST, str]] = set()
    for setting in settings:
        for read in setting.reads:
            string = inside.get(read)
            if string is None:
                yield Edit(facts.file.span(read), f'{app.name}.config["{setting.key}"]')
            elif (string, setting.option.dest) not in done:
                done.add((string, setting.option.dest))
                yield from _reads_in_string(facts.file, app, string, read, setting)


def _reads_in_string(
    file: SourceFile, app: Application, string: ast.JoinedStr, read: ast.Attribute, setting: Setting
) -> Iterator[Edit]:
    """The same inside an f-string.

    Up to Python 3.11 the parser misplaces nodes there, so the text is searched; and its
    own quote can't be used inside (PEP 701 allows it from 3.12 on only).
    """
    span = file.span(string)
    text = file.slice(span)
    prefix = re.match(r"[A-Za-z]*('''|\"\"\"|'|\")", text)
    quote = "'" if prefix and prefix.group(1)[0] == '"' else '"'
    pattern = rf"(?<![\w.]){re.escape(dotted(read.value))}\.{re.escape(read.attr)}(?!\w)"
    for match in re.finditer(pattern, text):
        start = span.start + len(text[: match.start()].encode())
        end = span.start + len(text[: match.end()].encode())
        yield Edit(Span(start, end), f"{app.name}.config[{quote}{setting.key}{quote}]")
