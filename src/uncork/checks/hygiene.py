"""Debug mode, open hosts, secrets, removed APIs, and mistakes that are copied from tutorials."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.syntax import dotted, full_name, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic

# What is gone, since when, and what replaced it (Flask's change log; Dash's for run_server).
_REMOVED_METHODS = {
    "before_first_request": ("Flask 2.3", "call the function when the app starts"),
    "run_server": ("Dash 3", "app.run()"),
}
_REMOVED_NAMES = {
    "flask.Markup": ("Flask 3.0", "markupsafe.Markup"),
    "flask.escape": ("Flask 3.0", "markupsafe.escape"),
    "flask._app_ctx_stack": ("Flask 2.3", "flask.g"),
    "flask._request_ctx_stack": ("Flask 2.3", "flask.g"),
    "flask.json.JSONEncoder": ("Flask 2.3", "a JSON provider"),
}


def findings(facts: Facts) -> Iterator[Diagnostic]:
    """Findings in the script's own lines."""
    yield from _run_call(facts)
    for node in ast.walk(facts.file.tree):
        match node:
            case ast.Assign(targets=[target], value=ast.Constant(value=str())) if _is_secret(
                target
            ):
                message = "the secret key stands in the source"
                yield rules.SECRET_IN_SOURCE.at(facts.file.place(node), message)
            case ast.Attribute(attr=attr) if attr in _REMOVED_METHODS:
                since, instead = _REMOVED_METHODS[attr]
                message = f"{attr} is gone since {since}: use {instead}"
                yield rules.REMOVED_API.at(facts.file.place(node), message)
            case ast.ImportFrom(names=names):
                yield from _removed_imports(facts, node, names)
            case ast.Compare(left=ast.Name(id="__init__")):
                message = 'the main guard is `if __name__ == "__main__":`'
                yield rules.TUTORIAL_MISTAKE.at(facts.file.place(node), message)
            case ast.Attribute(attr=attr, value=owner) if attr.isupper() and dotted(owner).endswith(
                ".config"
            ):
                message = f'app.config.{attr} is an AttributeError: write app.config["{attr}"]'
                yield rules.TUTORIAL_MISTAKE.at(facts.file.place(node), message)
            case _:
                pass


def _run_call(facts: Facts) -> Iterator[Diagnostic]:
    for run in facts.runs:
        place = facts.file.place(run.call)
        if run.debug is not None and literal(run.debug) is True:
            yield rules.DEBUG_MODE.at(place, "debug=True: an error page lets its reader run code")
        if run.host is not None and literal(run.host) in ("0.0.0.0", "::"):  # noqa: S104 - looked for
            yield rules.OPEN_HOST.at(place, "the app listens on every network interface")


def _is_secret(target: ast.expr) -> bool:
    match target:
        case ast.Subscript(slice=ast.Constant(value="SECRET_KEY"), value=owner):
            return dotted(owner).endswith("config")
        case ast.Attribute(attr="secret_key"):
            return True
        case _:
            return False


def _removed_imports(
    facts: Facts, node: ast.ImportFrom, names: list[ast.alias]
) -> Iterator[Diagnostic]:
    module = node.module or ""
    if module.startswith("flask.ext"):
        message = "flask.ext is gone since Flask 1.0: import the extension itself"
        yield rules.REMOVED_API.at(facts.file.place(node), message)
    for alias in names:
        full = full_name(ast.Name(alias.asname or alias.name), facts.imports)
        if full in _REMOVED_NAMES:
            since, instead = _REMOVED_NAMES[full]
            message = f"{full} is gone since {since}: use {instead}"
            yield rules.REMOVED_API.at(facts.file.place(node), message)
