"""An entry-point module is written.

Why: WSGI servers are given ``module:factory``, and every one of them only imports it
(PEP 3333 names the application object; ``flask --app`` and gunicorn look for
``create_app``).

What changes: ``wsgi.py`` with ``create_app()``, which imports the script, calls its
start-up hook and returns the application object. Where the hook may refuse to start by
sys.exit(), that becomes an error, which stops every server. Child processes that
multiprocessing forks get back the SIGTERM that a server has taken. The module stands beside the
script, or takes SCRIPT_wsgi.py where wsgi.py is somebody else's. ``--entry
MODULE:FACTORY`` names both otherwise; that factory answers requests, too, when a server
takes it for the application itself. An entry point of an earlier migration learns of a
hook that came later. Where wsgi.py binds the same app already, and the main block holds
nothing that it would miss, there is nothing to do.

When it declines: somebody's own entry point for this script exists and would not call
the hook. A name that is asked for and in use is an error.
"""

from __future__ import annotations

import ast
from itertools import product
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.children import starts_children
from uncork.analysis.command_lines import read_by_others
from uncork.analysis.entry import entry_module_script, entry_of
from uncork.analysis.factory import Factory, factory_alone
from uncork.analysis.importable import importable
from uncork.analysis.kept_parser import refuses_in_hook, refuses_on_import
from uncork.analysis.main_block import Role
from uncork.analysis.purity import exit_status
from uncork.analysis.syntax import dotted, walk_called
from uncork.codegen.entry_module import LineEntry, entry_module
from uncork.codemods.base import MigrationOptions, Rewrite
from uncork.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from uncork.analysis.facts import Facts
    from uncork.analysis.hook import StartUpHook
    from uncork.source.file import SourceFile

ORDER = 40


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:
    """Write the entry-point module, unless there is one."""
    if facts.main is None or (facts.application or facts.made) is None:
        return Rewrite()
    fine = "" if _loads_dotenv(facts) else importable(facts)
    if fine and not options.explicit:
        place = facts.file.place()
        note = rules.ENTRY_POINT_EXISTS.at(place, f"{fine} is an entry point for servers already")
        return Rewrite(entry=fine, diagnostics=(note,))
    existing = find_entry(facts)
    if existing and (not options.explicit or existing == (options.module, options.factory)):
        return _existing(facts, *existing)
    path = _path(facts, options)
    content = _content(facts, path.stem, options.factory, also_callable=options.explicit)
    return Rewrite(files={path: content}, entry=f"{path.stem}:{options.factory}")


def _content(facts: Facts, module: str, factory: str, *, also_callable: bool) -> bytes:
    application = facts.application or facts.made
    assert application is not None  # noqa: S101 - rewrite asked
    made_by_hook = facts.hook is not None and facts.hook.returns_application
    maker = None if made_by_hook else factory_alone(facts)
    if facts.hook is not None and made_by_hook:
        maker = Factory(f"{facts.hook.name}()", (facts.hook.name,))
    text = entry_module(
        module=module,
        factory=factory,
        script=facts.file.path.stem,
        application=application.name,
        attribute=application.attribute,
        hook=facts.hook.name if facts.hook else None,
        maker=maker,
        keeps=maker is not None and not made_by_hook,
        loads_dotenv=_loads_dotenv(facts),
        also_callable=also_callable,
        may_exit=_may_exit(facts),
        children=starts_children(facts),
        line=_line(facts),
    )
    return text.replace("\n", facts.file.newline).encode()


def _line(facts: Facts) -> LineEntry | None:
    """What the entry point has to do with the script's command line, if the script reads one."""
    others = read_by_others(facts)
    if not facts.kept_parser.is_there and not others:
        return None
    on_import = others or refuses_on_import(facts)
    return LineEntry(on_import or refuses_in_hook(facts), on_import, _line_key(facts))


def _line_key(facts: Facts) -> str:
    """The key of app.config that the entry point has to fill: no config file does."""
    key = facts.kept_parser.key
    defined = {
        target.id
        for source in facts.project.parsed()
        for statement in source.tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    return "" if key in defined else key


def _may_exit(facts: Facts) -> bool:
    """Whether the hook, or a function of the script that it calls, may end the program."""
    return facts.hook is not None and any(
        isinstance(node, ast.stmt) and exit_status(node, facts.imports) is not ...
        for node in walk_called(facts.hook.function, facts.file.tree)
    )


def _existing(facts: Facts, module: str, factory: str) -> Rewrite:
    """An entry point of an earlier run learns of the hook; anybody else's is left alone."""
    entry = f"{module}:{factory}"
    source = facts.project.source(facts.file.path.parent / f"{module}.py")
    assert source is not None  # noqa: S101 - find_entry found it
    if _calls_hook(source, facts.hook):
        return Rewrite(entry=entry)
    for also_callable in (False, True):
        if source.content in _without_hook(facts, module, factory, also_callable=also_callable):
            content = _content(facts, module, factory, also_callable=also_callable)
            return Rewrite(files={source.path: content}, entry=entry)
    message = f"{factory}() exists, and does not do what the main block does"
    return Rewrite(diagnostics=(rules.ENTRY_WITHOUT_HOOK.at(source.place(1), message),))


def _without_hook(
    facts: Facts, module: str, factory: str, *, also_callable: bool
) -> Iterator[bytes]:
    """What an earlier run may have written for a script that had no start-up work."""
    if facts.application is None:
        return
    for loads_dotenv, newline in product((False, True), ("\n", "\r\n")):
        text = entry_module(
            module=module,
            factory=factory,
            script=facts.file.path.stem,
            application=facts.application.name,
            attribute=facts.application.attribute,
            hook=None,
            loads_dotenv=loads_dotenv,
            also_callable=also_callable,
        )
        yield text.replace("\n", newline).encode()


def _calls_hook(source: SourceFile, hook: StartUpHook | None) -> bool:
    return hook is None or any(
        isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == hook.name
        for node in source.nodes
    )


def find_entry(facts: Facts) -> tuple[str, str] | None:
    """The module and the factory of an entry point that exists for this script.

    Of several, one that calls the start-up hook.
    """
    found = []
    for source in facts.project.parsed(facts.file.path.stem):
        beside = source.path.parent == facts.file.path.parent
        if beside and entry_module_script(source) == facts.file.path.name:
            entry = entry_of(source)
            if entry:
                lacks = not _calls_hook(source, facts.hook)
                found.append((lacks, source.path.stem, entry.factory))
    return min(found)[1:] if found else None


def _path(facts: Facts, options: MigrationOptions) -> PurePosixPath:
    folder, script = facts.file.path.parent, facts.file.path.stem
    taken = any(facts.project.taken(name) for name in (options.module, f"{options.module}.py"))
    if not taken and options.module != script:
        return folder / f"{options.module}.py"
    if options.explicit:
        raise UsageError(
            f"--entry {options.module}:{options.factory} would replace {options.module}.py",
            hint="give it another name, such as --entry wsgi:create_app",
        )
    return facts.project.free_module([f"{script.replace('-', '_')}_wsgi"])


def _loads_dotenv(facts: Facts) -> bool:
    """Whether there is a .env file that the run call loads."""
    main = facts.main
    assert main is not None  # noqa: S101 - rewrite asked
    runs_flask = any(s.role is Role.RUN for s in main.statements) and main.run.loads_dotenv
    return runs_flask and (facts.project.taken(".env") or facts.project.taken(".flaskenv"))
