"""Find the WSGI application that an import string names, by Flask's rules.

Flask need not be there: any WSGI application is served.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import os
from typing import TYPE_CHECKING, Any

from uncork.errors import DeclinedError, SourceError
from uncork.serve.load import put_first_on_path

if TYPE_CHECKING:
    from types import ModuleType

APPLICATION_NAMES = ("app", "application")
FACTORY_NAMES = ("create_app", "make_app")
"""The names and their order are flask.cli.find_best_app's."""
_WSGI_PARAMETERS = 2


def find_application(import_string: str) -> Any:
    """Import a module in the current folder and find its WSGI application.

    Args:
        import_string: ``module:app``, ``module:factory`` or ``module``.

    Returns:
        The application. A factory is called without arguments.

    Raises:
        SourceError: the string does not resolve.
        DeclinedError: what it names is an ASGI application.
        BaseException: what the user's module raises when it is imported.
    """
    module_name, _, attribute = import_string.partition(":")
    if module_name.endswith(".py"):
        raise SourceError(
            f"{import_string} is neither a script nor an import string",
            hint=f"did you mean {module_name.removesuffix('.py')}:{attribute}?",
        )
    put_first_on_path(os.getcwd())  # noqa: PTH109 - a string is what sys.path takes
    module = _import(module_name, import_string)
    name = attribute.removesuffix("()")
    found = _named(module, name) if name else _best(module)
    application = _called(found, f"{module_name}:{name}") if _is_factory(found) else found
    if is_asgi(application):
        raise DeclinedError(
            f"{import_string} is an ASGI application, and uncork serves WSGI",
            hint=f"an ASGI server runs it, such as: hypercorn {import_string}",
        )
    if not callable(application):
        kind = type(application).__name__
        raise SourceError(
            f"{import_string} is no WSGI application but {_article(kind)} {kind}",
            hint="name the Flask object or a function that returns it",
        )
    return application


def is_asgi(application: Any) -> bool:
    """Whether this is called as ASGI applications are: a coroutine function or object."""
    return inspect.iscoroutinefunction(application) or inspect.iscoroutinefunction(
        getattr(type(application), "__call__", None)  # noqa: B004 - its kind is asked for, not whether it is there
    )


def flask_objects(namespace: dict[str, Any]) -> list[str]:
    """The names of the applications in a module, for a hint: they have ``wsgi_app`` and ``run``."""
    return [
        name
        for name, value in namespace.items()
        if not inspect.isclass(value)
        and callable(getattr(value, "wsgi_app", None))
        and callable(getattr(value, "run", None))
    ]


def _import(name: str, import_string: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # The module is there and imports something else that is not: its own traceback says so.
        if error.name is None or not (name == error.name or name.startswith(error.name + ".")):
            raise
        raise SourceError(
            f"{import_string} can't be imported: there is no module {error.name}",
            hint=_module_hint(error.name),
        ) from error


def _module_hint(name: str) -> str:
    here = sorted(
        entry.name.removesuffix(".py")
        for entry in os.scandir()
        if entry.name.endswith(".py") or os.path.exists(os.path.join(entry.path, "__init__.py"))  # noqa: PTH110, PTH118
    )
    near = difflib.get_close_matches(name, here, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"modules are looked for in {os.getcwd()} first"  # noqa: PTH109


def _named(module: ModuleType, name: str) -> Any:
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            near = difflib.get_close_matches(part, dir(found), n=1)
            raise SourceError(
                f"{module.__name__} has no {name}",
                hint=f"did you mean {module.__name__}:{near[0]}?" if near else _candidates(module),
            )
        found = getattr(found, part)
    return found


def _best(module: ModuleType) -> Any:
    for name in APPLICATION_NAMES:
        if callable(found := getattr(module, name, None)):
            return found
    objects = flask_objects(vars(module))
    if len(objects) == 1:
        return getattr(module, objects[0])
    if objects:
        raise SourceError(
            f"{module.__name__} has several apps: {', '.join(objects)}",
            hint=f"name one, such as {module.__name__}:{objects[0]}",
        )
    for name in FACTORY_NAMES:
        if callable(found := getattr(module, name, None)):
            return found
    raise SourceError(f"{module.__name__} has no app", hint=_candidates(module))


def _candidates(module: ModuleType) -> str:
    objects = flask_objects(vars(module)) or [
        name for name in FACTORY_NAMES if callable(getattr(module, name, None))
    ]
    if objects:
        return f"did you mean {module.__name__}:{objects[0]}?"
    return f"name what it calls its app: {module.__name__}:NAME"


def _is_factory(found: Any) -> bool:
    """A function is a factory unless it takes what a WSGI application takes (PEP 3333)."""
    if not (inspect.isfunction(found) or inspect.ismethod(found)) or is_asgi(found):
        return False
    return _required(found) != _WSGI_PARAMETERS


def _required(function: Any) -> int:
    parameters = inspect.signature(function).parameters.values()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(
        parameter.default is parameter.empty and parameter.kind in positional
        for parameter in parameters
    )


def _called(factory: Any, name: str) -> Any:
    if needed := _required(factory):
        raise SourceError(
            f"{name} is called without arguments, and it needs {needed}",
            hint="give its parameters defaults, or add a function that calls it",
        )
    return factory()


def _article(noun: str) -> str:
    return "an" if noun[:1].lower() in "aeiou" else "a"
