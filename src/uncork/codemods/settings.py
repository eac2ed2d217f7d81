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
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.settings import Setting, find_settings
from uncork.analysis.syntax import dotted, keyword, literal
from uncork.codegen.config_module import config_module
from uncork.codemods.base import Rewrite
from uncork.codemods.reads import replace_reads
from uncork.source.edit import Edit, Span
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
    from uncork.source.file import SourceFile
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
        reads = replace_reads(facts, app, found.settings)
        return Rewrite(reads.edits, diagnostics=(*found.problems, *reads.diagnostics))
    reads = replace_reads(facts, app, found.settings)
    declined = [*_declined(facts, app, line), *reads.diagnostics]
    loaded, problem = _loaded_config(facts, app)
    if declined or problem:
        return Rewrite(diagnostics=(*declined, *([problem] if problem else [])))
    path = loaded or _new_config(facts.project)
    edits = [
        *reads.edits,
        *_defaults(facts.file, app, fresh),
        *_update(facts.file, app, line, fresh),
        *([] if loaded else _load(facts.file, app, path.name)),
    ]
    return Rewrite(tuple(edits), {path: _config(facts, fresh, loaded)})


def _config(facts: Facts, settings: list[Setting], loaded: PurePosixPath | None) -> bytes:
    """The bytes of the config module: new, or the one that the app loads with more at its end."""
    config = facts.project.source(loaded) if loaded else None
    if config is None:
        text = config_module(facts.file.path.name, settings)
        return text.replace("\n", facts.file.newline).encode()
    existing = config.text.replace("\r\n", "\n")
    end = len(config.utf8)
    added = Edit(Span(end, end), config_module(facts.file.path.name, settings, existing))
    return config.edited([*add_imports(config, ["os"]), added]).content


def _declined(facts: Facts, app: Application, line: CommandLine) -> Iterator[Diagnostic]:
    if app.creation is None:
        how = "made by a factory" if isinstance(app.statement, ast.Assign) else "imported"
        message = f"{app.name} is {how}, and its settings are loaded there"
        yield rules.NO_MODULE_APPLICATION.at(facts.file.place(app.statement), message)
    for statement in (app.statement, line.parse):
        if shares_a_line(facts.file, statement):
            message = "the statement behind which a line would be added shares its line"
            yield rules.SHARED_LINE.at(facts.file.place(statement), message)


def _loaded_config(
    facts: Facts, app: Application
) -> tuple[PurePosixPath | None, Diagnostic | None]:
    """The Python file that the app loads its configuration from, or why none can be extended."""
    direct = {s.value for s in facts.file.tree.body if isinstance(s, ast.Expr)}
    found = None
    for node in ast.walk(facts.file.tree):
        if not isinstance(node, ast.Call) or not _loads_config(node):
            continue
        name = literal(node.args[0]) if node.args else ...
        path = facts.file.path.parent / name if isinstance(name, str) else None
        is_plain = node in direct and dotted(node.func) == f"{app.name}.config.from_pyfile"
        if found or not (is_plain and app.root_is_folder and path in facts.project.contents):
            message = f"settings are loaded by {ast.unparse(node.func)}()"
            return None, rules.OTHER_CONFIG.at(facts.file.place(node), message)
        found = path
    return found, None


def _loads_config(call: ast.Call) -> bool:
    owner, _, method = dotted(call.func).rpartition(".")
    return owner.endswith("config") and method.startswith("from_") and method != "from_mapping"


def _new_config(project: Project) -> PurePosixPath:
    """config.py, or SCRIPT_config.py where that name means something else."""
    imported = any(
        (isinstance(node, ast.ImportFrom) and node.module == "config")
        or (isinstance(node, ast.Import) and any(a.name == "config" for a in node.names))
        for source in project.parsed()
        for node in ast.walk(source.tree)
    )
    stem = project.script.stem.replace("-", "_")
    names = [] if imported else ["config"]
    return project.free_module([*names, f"{stem}_config", f"{stem}_settings"])


def _load(file: SourceFile, app: Application, name: str) -> list[Edit]:
    """Load the config module directly behind the application object's creation."""
    if app.root_is_folder:
        text = f'{app.name}.config.from_pyfile("{name}")\n'
        return [insert_behind(file, last_line(app.statement), text)]
    # Flask would look for it in another folder: say where it is.
    folder = "pathlib.Path(__file__).absolute()"
    text = f'{app.name}.config.from_pyfile({folder}.with_name("{name}"))\n'
    return [*add_imports(file, ["pathlib"]), insert_behind(file, last_line(app.statement), text)]


def _defaults(file: SourceFile, app: Application, settings: list[Setting]) -> Iterator[Edit]:
    """Make each option's default the setting's value."""
    for setting in settings:
        call, value = setting.option.call, f'{app.name}.config["{setting.key}"]'
        given = keyword(call, "default")
        helped = next((k for k in call.keywords if k.arg == "help"), None)
        if given is not None:
            yield Edit(file.span(given), value)
        elif helped is not None:
            start = file.span(helped).start
            yield Edit(Span(start, start), f"default={value}{_gap(file, helped)}")
        else:
            places: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
            last = max(places, key=lambda node: file.span(node).end)
            end = file.span(last).end
            yield Edit(Span(end, end), f"{_gap(file, last)}default={value}")


def _gap(file: SourceFile, node: ast.expr | ast.keyword) -> str:
    """What separates two arguments: a new line where each stands on its own."""
    before = file.lines[node.lineno - 1][: node.col_offset].decode()
    return ", " if before.strip() else f",\n{before}"


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
        # The main block is one step deep.
        step = indent or "    "
        inner = "".join(f"{indent}{step}{pair},\n" for pair in pairs)
        text = f"{indent}{app.name}.config.update(\n{inner}{indent})\n"
    yield insert_behind(file, last_line(line.parse), text)
