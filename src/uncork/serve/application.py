"""Find the WSGI application that an import string names, by Flask's rules.

Flask need not be there: any WSGI application is served.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import importlib
import inspect
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uncork.errors import DeclinedError, SourceError
from uncork.serve.load import put_first_on_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

APPLICATION_NAMES = ("app", "application")
FACTORY_NAMES = ("create_app", "make_app")
"""The names and their order are flask.cli.find_best_app's."""
_WSGI_PARAMETERS = 2


@dataclass(frozen=True)
class Reference:
    """An import string, taken apart.

    Args:
        module: the module's full name.
        name: the attribute's path; empty, the app is searched for.
        arguments: what a factory is called with; None, the string calls nothing.
        keywords: the same, by name.
    """

    module: str
    name: str = ""
    arguments: tuple[Any, ...] | None = None
    keywords: tuple[tuple[str, Any], ...] = ()


def parse_reference(import_string: str) -> Reference:
    """Take an import string apart: ``module``, ``module:name`` or ``module:factory("literal")``.

    The forms are those of flask.cli.find_app_by_string; a name may have dots, too.

    Raises:
        SourceError: it has another form.
    """
    module, colon, expression = import_string.partition(":")
    if module.endswith(".py"):
        right = module.removesuffix(".py").replace(os.sep, ".") + colon + expression
        raise SourceError(
            f"{import_string} is neither a script nor an import string",
            hint=f"did you mean {right}?",
        )
    if not colon:
        return Reference(module)
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
        call = tree if isinstance(tree, ast.Call) else None
        name = _dotted(tree if call is None else call.func)
        if call is None:
            return Reference(module, name)
        arguments = tuple(ast.literal_eval(each) for each in call.args)
        keywords = tuple((str(k.arg), ast.literal_eval(k.value)) for k in call.keywords if k.arg)
    except (SyntaxError, ValueError) as error:
        raise SourceError(
            f"{import_string} names no app: {expression!r} is no name and no call with literals",
            hint=f"say {module}:app or \"{module}:create_app('text', debug=False)\"",
        ) from error
    return Reference(module, name, arguments, keywords)


def _dotted(node: ast.expr) -> str:
    """A name with dots, from its syntax tree; raises ValueError if it is something else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    raise ValueError(ast.unparse(node))


def find_application(import_string: str) -> Any:
    """Import a module in the current folder and find its WSGI application.

    Args:
        import_string: ``module:app``, ``module:factory``, ``module:factory("literal")`` or
            ``module``.

    Returns:
        The application. A factory is called, without arguments unless the string has some.

    Raises:
        SourceError: the string does not resolve.
        DeclinedError: what it names is an ASGI application.
        BaseException: what the user's module raises when it is imported.
    """
    wanted = parse_reference(import_string)
    put_first_on_path(os.getcwd())  # noqa: PTH109 - a string is what sys.path takes
    module = _import(wanted.module, import_string)
    found = _named(module, wanted.name) if wanted.name else _best(module)
    shown = f"{wanted.module}:{wanted.name or getattr(found, '__name__', '')}"
    if wanted.arguments is not None:
        application = _called(found, shown, wanted.arguments, dict(wanted.keywords))
    else:
        application = _called(found, shown) if _is_factory(found) else found
    if is_asgi(application):
        raise DeclinedError(
            f"{import_string} is an ASGI application, and uncork serves WSGI",
            hint=f"an ASGI server runs it, such as: hypercorn {import_string}",
        )
    if not callable(application):
        raise SourceError(_not_callable(import_string, found, application), hint=_name_it(module))
    return application


def _not_callable(import_string: str, found: Any, application: Any) -> str:
    if application is None:
        did = "returns None" if callable(found) else "is None when the module has been imported"
        return f"{import_string} {did}"
    kind = type(application).__name__
    return f"{import_string} is no WSGI application but {_article(kind)} {kind}"


def _name_it(module: ModuleType) -> str:
    objects = flask_objects(vars(module))
    if objects:
        return f"did you mean {module.__name__}:{objects[0]}?"
    return "name the Flask object or a function that returns it"


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
        if not inspect.isclass(value) and _has(value, "wsgi_app") and _has(value, "run")
    ]


def _has(value: Any, method: str) -> bool:
    # Flask's proxies, such as request, raise RuntimeError where there is none.
    with contextlib.suppress(Exception):
        return callable(getattr(value, method, None))
    return False


def local_factories(namespace: dict[str, Any]) -> list[str]:
    """The names of the application factories in a module, by Flask's names for them."""
    return [name for name in FACTORY_NAMES if inspect.isfunction(namespace.get(name))]


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
    objects = flask_objects(vars(module)) or local_factories(vars(module))
    if objects:
        return f"did you mean {module.__name__}:{objects[0]}?"
    return f"name what it calls its app: {module.__name__}:NAME"


def _is_factory(found: Any) -> bool:
    """A function is a factory unless it takes what a WSGI application takes (PEP 3333)."""
    if not (inspect.isfunction(found) or inspect.ismethod(found)) or is_asgi(found):
        return False
    return found.__name__ in FACTORY_NAMES or _required(found) != _WSGI_PARAMETERS


def _required(function: Any) -> int:
    parameters = inspect.signature(function).parameters.values()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(
        parameter.default is parameter.empty and parameter.kind in positional
        for parameter in parameters
    )


def _called(
    factory: Any,
    name: str,
    arguments: Sequence[Any] = (),
    keywords: Mapping[str, Any] | None = None,
) -> Any:
    """What a factory returns.

    Raises:
        SourceError: it can't be called so; what it raises itself is the user's to read.
    """
    keywords = dict(keywords or {})
    if not callable(factory):
        kind = type(factory).__name__
        raise SourceError(
            f"{name} can't be called: it is {_article(kind)} {kind}", hint=f"name it as {name}"
        )
    try:
        inspect.signature(factory).bind(*arguments, **keywords)
    except TypeError as error:
        how = "called without arguments" if not (arguments or keywords) else "called so"
        literals = f"give literals, such as \"{name}('text')\", or add a function that calls it"
        raise SourceError(
            f"{name} can't be {how}: {error}",
            hint=f"did you mean {name}?" if hasattr(factory, "wsgi_app") else literals,
        ) from error
    except ValueError:
        pass  # A callable written in C has no signature to ask.
    return factory(*arguments, **keywords)


def _article(noun: str) -> str:
    return "an" if noun[:1].lower() in "aeiou" else "a"
