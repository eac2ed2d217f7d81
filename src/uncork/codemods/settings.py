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

What it leaves to the kept parser: options that are more than str, int, float or a flag
with a literal default; parsed arguments that are handed around or changed; keys that
Flask or the project uses; an application object that is not made at module level;
configuration loaded by other means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uncork.analysis.config_file import loaded_config, new_config
from uncork.analysis.settings import Setting, find_settings
from uncork.analysis.syntax import keyword
from uncork.codegen.config_module import config_module
from uncork.codemods.base import Rewrite
from uncork.codemods.config_files import config_content, load_edits
from uncork.codemods.reads import replace_reads
from uncork.source.edit import Edit, Span
from uncork.source.lines import indentation, insert_behind, last_line

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from uncork.analysis.application import Application
    from uncork.analysis.facts import Facts
    from uncork.analysis.options import CommandLine
    from uncork.codemods.base import MigrationOptions
    from uncork.source.file import SourceFile

ORDER = 10
_WIDTH = 88


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:  # noqa: ARG001 - a codemod's signature
    """Turn the options that the app reads into settings."""
    found = find_settings(facts)
    line, app = facts.command_line, facts.application
    if line is None or app is None or found.problems:
        return Rewrite()
    reads = replace_reads(facts, app, found.settings)
    fresh = [setting for setting in found.settings if not setting.option.key]
    if not fresh:
        return Rewrite(reads)
    loaded, _ = loaded_config(facts, app)
    path = loaded or new_config(facts.project)
    edits = [
        *reads,
        *_defaults(facts.file, app, fresh),
        *_update(facts.file, app, line, fresh),
        *([] if loaded else load_edits(facts.file, app, path.name)),
    ]
    script = facts.file.path.name

    def text(existing: str | None) -> str:
        return config_module(script, fresh, existing)

    return Rewrite(tuple(edits), {path: config_content(facts, loaded, text, ["os"])})


def _defaults(file: SourceFile, app: Application, settings: list[Setting]) -> Iterator[Edit]:
    """Make each option's default the setting's value."""
    for setting in settings:
        call, value = setting.option.call, f'{app.flask}.config["{setting.key}"]'
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
    text = f"{indent}{app.flask}.config.update({', '.join(pairs)})\n"
    if len(text) > _WIDTH:
        # The main block is one step deep.
        step = indent or "    "
        inner = "".join(f"{indent}{step}{pair},\n" for pair in pairs)
        text = f"{indent}{app.flask}.config.update(\n{inner}{indent})\n"
    yield insert_behind(file, last_line(line.parse), text)
