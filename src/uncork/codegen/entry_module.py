"""wsgi.py: the few lines that a WSGI server imports."""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uncork.analysis.factory import Factory

_PLAIN = """
def {factory}():
{body}"""

_KEEPING = """
def {factory}():
    return _make_app()


{once}def _make_app():
{body}"""

_CALLABLE = """
_starting = threading.Lock()


def {factory}(environ=None, start_response=None):
    # A server that takes {factory} for the application itself calls it with a request,
    # perhaps several at once: only the first may start the app up.
    with _starting:
        app = _start()
    return app if start_response is None else app(environ, start_response)


{once}def _start():
{body}"""


_AT_FORK = [
    'if hasattr(os, "register_at_fork"):',
    "    # Else a child would have the server's handler of SIGTERM, and outlive terminate().",
    "    os.register_at_fork(",
    "        after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL)",
    "    )",
    "",
]


@dataclass(frozen=True)
class LineEntry:
    """What an entry point has to do with a command line that the script reads.

    Args:
        refuses: whether the script may end the program over it.
        on_import: whether it does so when it is imported, and not in the hook.
        key: the key of app.config that gets the command line here, or ''.
    """

    refuses: bool
    on_import: bool
    key: str


def entry_module(
    *,
    module: str,
    factory: str,
    script: str,
    application: str,
    attribute: str = "",
    hook: str | None,
    maker: Factory | None = None,
    keeps: bool = False,
    loads_dotenv: bool,
    also_callable: bool,
    may_exit: bool = False,
    children: bool = False,
    line: LineEntry | None = None,
) -> str:
    """The text of an entry-point module.

    The script is imported inside the factory: Flask, which looks for an application
    object in the module first (flask.cli.find_best_app), would otherwise pick the
    bare one, and an error in the script would lose its traceback.

    Args:
        module: the module's own name.
        factory: the application factory's name.
        script: the script's module name, which need not be an identifier.
        application: the application object's name in the script.
        attribute: where the WSGI application is in that object, such as ``.server``.
        hook: the start-up hook's name, or None.
        maker: the call that makes the application object, where the script has none at
            module level.
        keeps: whether the one that it made must be kept here, since it makes another each time.
        loads_dotenv: whether .env is loaded where Flask.run would have done so.
        also_callable: whether the factory answers requests when it is called as a WSGI
            callable, which is what ``gunicorn app:createApp`` without parentheses does.
        may_exit: whether the hook may refuse to start by ``sys.exit``. gunicorn takes a
            worker's exit for a crash and starts the next one, over and over; an error
            while the app is loaded stops it (gunicorn.arbiter.Arbiter.reap_workers).
        children: whether the app starts processes that SIGTERM ends. Forked by gunicorn's
            worker they would have its handler (gunicorn.workers.base.Worker.init_signals).
        line: what it has to do with the script's command line, if the script reads one.
    """
    plain = _is_plain(script)
    modules = [
        *(["functools"] if keeps else []),
        *([] if plain else ["importlib"]),
        *(["os"] if children or (line and (line.refuses or line.key)) else []),
        *(["shlex"] if line and line.key else []),
        *(["signal"] if children else []),
        *(["threading"] if also_callable else []),
    ]
    imports = "".join(f"import {name}\n" for name in modules)
    head = f'"""The entry point for WSGI servers: {module}:{factory}."""\n'
    # Two blank lines in front of a definition, one in front of anything else.
    gap = "" if also_callable else "\n"
    prefix = "" if plain else "script."
    start = [f"{prefix}{hook}()"] if hook else []
    result = f"{prefix}{application}{attribute}"
    names = [application, *([hook] if hook else [])]
    if maker is not None:
        names, start, result = list(maker.names), [], f"{prefix}{maker.call}"
        if may_exit or loads_dotenv:
            start, result = [f"app = {result}"], "app"
    imported = _imports(script, names, loads_dotenv=loads_dotenv)
    if line and line.key:
        split = 'shlex.split(os.environ.get("FLASK_ARGS", ""))'
        imported.append(f'{prefix}{application}{attribute}.config["{line.key}"] = {split}')
    refuses = bool(line and line.refuses)
    if line and line.on_import:
        # The last one may be empty: a blank line.
        head_lines, tail = imported[: 2 * loads_dotenv], imported[2 * loads_dotenv :]
        imported = [*head_lines, *_guarded([*tail, *start] if start else tail[:1], named=refuses)]
        start = []
    lines = [
        *(_AT_FORK if children else []),
        *imported,
        *(_guarded(start, named=refuses) if start and (may_exit or refuses) else start),
        *(["load_dotenv()"] if loads_dotenv else []),
        f"return {result}",
    ]
    body = "".join(f"    {line}\n" if line else "\n" for line in lines)
    template = _CALLABLE if also_callable else _KEEPING if keeps else _PLAIN
    once = "@functools.cache\n" if keeps else ""
    text = template.format(factory=factory, body=body, once=once)
    return f"{head}\n{imports}{gap}{text}" if imports else f"{head}{gap}{text}"


def _imports(script: str, names: list[str], *, loads_dotenv: bool) -> list[str]:
    lines = ["from flask.cli import load_dotenv", ""] if loads_dotenv else []
    if not _is_plain(script):
        return [*lines, f'script = importlib.import_module("{script}")']
    return [*lines, f"from {script} import {', '.join(sorted(names))}", ""]


def _is_plain(script: str) -> bool:
    """Whether an import statement can name it."""
    return script.isidentifier() and not keyword.iskeyword(script)


def _guarded(start: list[str], *, named: bool) -> list[str]:
    """The lines with their exit turned into an error, which names FLASK_ARGS if they read it."""
    refused = ['    raise RuntimeError(f"the app refuses to start: {error}") from error']
    if named:
        refused = [
            '    given = os.environ.get("FLASK_ARGS", "")',
            '    message = f"FLASK_ARGS={given!r}: the app refuses to start ({error})"',
            "    raise RuntimeError(message) from error",
        ]
    return [
        "try:",
        *(f"    {line}" if line else "" for line in start),
        "except SystemExit as error:",
        "    # A server such as gunicorn would take it for a crash, and start the app again.",
        *refused,
    ]
