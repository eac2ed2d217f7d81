"""wsgi.py: the few lines that a WSGI server imports."""

from __future__ import annotations

_PLAIN = """
def {factory}():
{body}"""

_CALLABLE = """
_starting = threading.Lock()


def {factory}(environ=None, start_response=None):
    # A server that takes {factory} for the application itself calls it with a request,
    # perhaps several at once: only the first may start the app up.
    with _starting:
        app = _start()
    return app if start_response is None else app(environ, start_response)


def _start():
{body}"""


def entry_module(
    *,
    module: str,
    factory: str,
    script: str,
    application: str,
    hook: str | None,
    loads_dotenv: bool,
    also_callable: bool,
    may_exit: bool = False,
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
        hook: the start-up hook's name, or None.
        loads_dotenv: whether .env is loaded where Flask.run would have done so.
        also_callable: whether the factory answers requests when it is called as a WSGI
            callable, which is what ``gunicorn app:createApp`` without parentheses does.
        may_exit: whether the hook may refuse to start by ``sys.exit``. gunicorn takes a
            worker's exit for a crash and starts the next one, over and over; an error
            while the app is loaded stops it (gunicorn.arbiter.Arbiter.reap_workers).
    """
    plain = script.isidentifier()
    modules = [*([] if plain else ["importlib"]), *(["threading"] if also_callable else [])]
    imports = "".join(f"import {name}\n" for name in modules)
    head = f'"""The entry point for WSGI servers: {module}:{factory}."""\n'
    # Two blank lines in front of a definition, one in front of anything else.
    gap = "" if also_callable else "\n"
    prefix = "" if plain else "script."
    start = [f"{prefix}{hook}()"] if hook else []
    lines = [
        *_imports(script, application, hook, loads_dotenv=loads_dotenv),
        *(_guarded(start) if may_exit else start),
        *(["load_dotenv()"] if loads_dotenv else []),
        f"return {prefix}{application}",
    ]
    body = "".join(f"    {line}\n" if line else "\n" for line in lines)
    template = _CALLABLE if also_callable else _PLAIN
    text = template.format(factory=factory, body=body)
    return f"{head}\n{imports}{gap}{text}" if imports else f"{head}{gap}{text}"


def _imports(script: str, application: str, hook: str | None, *, loads_dotenv: bool) -> list[str]:
    lines = ["from flask.cli import load_dotenv", ""] if loads_dotenv else []
    if not script.isidentifier():
        return [*lines, f'script = importlib.import_module("{script}")']
    names = sorted([application, *([hook] if hook else [])])
    return [*lines, f"from {script} import {', '.join(names)}", ""]


def _guarded(start: list[str]) -> list[str]:
    return [
        "try:",
        *(f"    {line}" for line in start),
        "except SystemExit as error:",
        "    # A server such as gunicorn would take it for a crash, and start the app again.",
        '    raise RuntimeError(f"the app refuses to start: {error}") from error',
    ]
