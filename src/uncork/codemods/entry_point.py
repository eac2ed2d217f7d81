"""An entry-point module is written.

Why: WSGI servers are given ``module:factory``, and every one of them only imports it
(PEP 3333 names the application object; ``flask --app`` and gunicorn look for
``create_app``).

What changes: ``wsgi.py`` with ``create_app()``, which imports the script, calls its
start-up hook and returns the application object. It stands beside the script, or takes
SCRIPT_wsgi.py where wsgi.py is somebody else's. ``--entry MODULE:FACTORY`` names both
otherwise; that factory answers requests, too, when a server takes it for the
application itself.

When it declines: never on its own; a name that is in use is an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uncork.analysis.entry import entry_module_script, entry_of
from uncork.analysis.main_block import Role
from uncork.codegen.entry_module import entry_module
from uncork.codemods.base import MigrationOptions, Rewrite
from uncork.errors import UsageError

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from uncork.analysis.facts import Facts

ORDER = 40


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:
    """Write the entry-point module, unless there is one."""
    if facts.main is None or facts.application is None:
        return Rewrite()
    existing = find_entry(facts)
    if existing and (not options.explicit or existing == (options.module, options.factory)):
        return Rewrite(entry=":".join(existing))
    path = _path(facts, options)
    text = entry_module(
        module=path.stem,
        factory=options.factory,
        script=facts.file.path.stem,
        application=facts.application.name,
        hook=facts.hook.name if facts.hook else None,
        loads_dotenv=_loads_dotenv(facts),
        also_callable=options.explicit,
    )
    content = text.replace("\n", facts.file.newline).encode()
    return Rewrite(files={path: content}, entry=f"{path.stem}:{options.factory}")


def find_entry(facts: Facts) -> tuple[str, str] | None:
    """The module and the factory of an entry point that exists for this script."""
    for source in facts.project.sources():
        beside = source.path.parent == facts.file.path.parent
        if beside and entry_module_script(source) == facts.file.path.name:
            entry = entry_of(source)
            return (source.path.stem, entry.factory) if entry else None
    return None


def _path(facts: Facts, options: MigrationOptions) -> PurePosixPath:
    folder, script = facts.file.path.parent, facts.file.path.stem
    if not facts.project.taken(f"{options.module}.py") and options.module != script:
        return folder / f"{options.module}.py"
    if options.explicit:
        raise UsageError(
            f"--entry {options.module}:{options.factory} would replace {options.module}.py",
            hint="give it another name, such as --entry wsgi:create_app",
        )
    return folder / f"{script.replace('-', '_')}_wsgi.py"


def _loads_dotenv(facts: Facts) -> bool:
    """Whether there is a .env file that the run call loads."""
    main = facts.main
    assert main is not None  # noqa: S101 - rewrite asked
    runs_flask = any(s.role is Role.RUN for s in main.statements) and main.run.loads_dotenv
    return runs_flask and (facts.project.taken(".env") or facts.project.taken(".flaskenv"))
