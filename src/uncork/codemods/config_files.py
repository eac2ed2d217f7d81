"""Writing and loading config.py. Not a codemod itself: it has no ORDER."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uncork.source.edit import Edit, Span
from uncork.source.lines import add_imports, insert_behind, last_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import PurePosixPath

    from uncork.analysis.application import Application
    from uncork.analysis.facts import Facts
    from uncork.source.file import SourceFile


def config_content(
    facts: Facts,
    loaded: PurePosixPath | None,
    text: Callable[[str | None], str],
    modules: Sequence[str],
) -> bytes:
    """The bytes of the config module: new, or the one that the app loads with more at its end.

    Args:
        facts: of the script.
        loaded: the file that the app loads already, or None.
        text: the new module's text; or, given an existing one's, what comes behind it.
        modules: what the text needs imported.
    """
    config = facts.project.source(loaded) if loaded else None
    if config is None:
        return text(None).replace("\n", facts.file.newline).encode()
    end = len(config.utf8)
    added = Edit(Span(end, end), text(config.text.replace("\r\n", "\n")))
    return config.edited([*add_imports(config, modules), added]).content


def load_edits(file: SourceFile, app: Application, name: str) -> list[Edit]:
    """Load the config module directly behind the application object's creation.

    Args:
        file: the script.
        app: its application object.
        name: the config module's file name.
    """
    if app.root_is_folder:
        text = f'{app.flask}.config.from_pyfile("{name}")\n'
        return [insert_behind(file, last_line(app.statement), text)]
    # Flask would look for it in another folder: say where it is.
    folder = "pathlib.Path(__file__).absolute()"
    text = f'{app.flask}.config.from_pyfile({folder}.with_name("{name}"))\n'
    return [*add_imports(file, ["pathlib"]), insert_behind(file, last_line(app.statement), text)]
