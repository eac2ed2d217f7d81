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
    """
    plain = script.isidentifier()
    modules = [*([] if plain else ["importlib"]), *(["threading"] if also_callable else [])]
    imports = "".join(f"import {name}\n" for name in modules)
    head = f'"""The entry point for WSGI servers: {module}:{factory}."""\n'
    # Two blank lines in front of a definition, one in front of anything else.
    gap = "" if also_callable else "\n"
    body = _body(script, application, hook, loads_dotenv=loads_dotenv)
    template = _CALLABLE if also_callable else _PLAIN
    text = template.format(factory=factory, body=body)
    return f"{head}\n{imports}{gap}{text}" if imports else f"{head}{gap}{text}"


def _body(script: str, application: str, hook: str | None, *, loads_dotenv: bool) -> str:
    lines = ["from flask.cli import load_dotenv", ""] if loads_dotenv else []
    if script.isidentifier():
        names = sorted([application, *([hook] if hook else [])])
        lines += [f"from {script} import {', '.join(names)}", ""]
        prefix = ""
    else:
        lines += [f'script = importlib.import_module("{script}")']
        prefix = "script."
    lines += [f"{prefix}{hook}()"] if hook else []
    lines += ["load_dotenv()"] if loads_dotenv else []
    lines += [f"return {prefix}{application}"]
    return "".join(f"    {line}\n" if line else "\n" for line in lines)
