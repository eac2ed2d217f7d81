"""wsgi.py: the few lines that a WSGI server imports."""

from __future__ import annotations

_PLAIN = '''"""The entry point for WSGI servers: {module}:{factory}."""

{imports}
def {factory}():
{body}'''

_CALLABLE = '''"""The entry point for WSGI servers: {module}:{factory}."""

import threading
{imports}
_starting = threading.Lock()


def {factory}(environ=None, start_response=None):
    # A server that takes {factory} for the application itself calls it with a request,
    # perhaps several at once: only the first may start the app up.
    with _starting:
        app = _start()
    return app if start_response is None else app(environ, start_response)


def _start():
{body}'''


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
    body = _import(script, application, hook)
    calls = [f"{hook}()"] if hook and script.isidentifier() else []
    calls += [f"script.{hook}()"] if hook and not script.isidentifier() else []
    if loads_dotenv:
        body.append("from flask.cli import load_dotenv")
        calls.append("load_dotenv()")
    returned = application if script.isidentifier() else f"script.{application}"
    lines = [*body, "", *calls, f"return {returned}"]
    text = "".join(f"    {line}\n" if line else "\n" for line in lines)
    needs_importlib = "" if script.isidentifier() else "import importlib\n"
    template = _CALLABLE if also_callable else _PLAIN
    imports = f"{needs_importlib}\n" if needs_importlib or also_callable else ""
    if also_callable and needs_importlib:
        template = template.replace("import threading\n{imports}", "{imports}")
        imports = "import importlib\nimport threading\n\n"
    return template.format(module=module, factory=factory, imports=imports, body=text)


def _import(script: str, application: str, hook: str | None) -> list[str]:
    names = [application, *([hook] if hook else [])]
    if script.isidentifier():
        return [f"from {script} import {', '.join(sorted(names))}"]
    return [f'script = importlib.import_module("{script}")']
