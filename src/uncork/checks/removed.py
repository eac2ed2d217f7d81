"""APIs that newer versions of Flask, Werkzeug, Jinja and Dash have removed."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.syntax import dotted, full_name, imports_of, modules_of
from uncork.checks.sources import app_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic
    from uncork.source.file import SourceFile

# What is gone, since when, and what to use instead: Flask's, Werkzeug's, Jinja's and Dash's
# change logs.
_METHODS = {
    "before_first_request": ("Flask 2.3", "call the function when the app starts"),
    "before_app_first_request": ("Flask 2.3", "call the function when the app starts"),
    "run_server": ("Dash 3", "use app.run()"),
}
_NAMES = {
    "flask.Markup": ("Flask 3.0", "use markupsafe.Markup"),
    "flask.escape": ("Flask 3.0", "use markupsafe.escape"),
    "flask._app_ctx_stack": ("Flask 3.0", "use flask.g"),
    "flask._request_ctx_stack": ("Flask 3.0", "use flask.g"),
    "flask.json.JSONEncoder": ("Flask 2.3", "use a JSON provider"),
    "flask.json.JSONDecoder": ("Flask 2.3", "use a JSON provider"),
    "flask.helpers.safe_join": ("Flask 2.1", "use werkzeug.utils.safe_join"),
    "flask.safe_join": ("Flask 2.1", "use werkzeug.utils.safe_join"),
    "flask.globals._request_ctx_stack": ("Flask 3.0", "use flask.g"),
    "flask.globals._app_ctx_stack": ("Flask 3.0", "use flask.g"),
    "jinja2.Markup": ("Jinja 3.1", "use markupsafe.Markup"),
    "jinja2.escape": ("Jinja 3.1", "use markupsafe.escape"),
    "jinja2.contextfilter": ("Jinja 3.1", "use jinja2.pass_context"),
    "werkzeug.BaseResponse": ("Werkzeug 2.1", "use werkzeug.Response"),
    "werkzeug.FileStorage": ("Werkzeug 1.0", "use werkzeug.datastructures.FileStorage"),
    "werkzeug.cached_property": ("Werkzeug 1.0", "use werkzeug.utils.cached_property"),
    "werkzeug.generate_password_hash": ("Werkzeug 1.0", "import it from werkzeug.security"),
    "werkzeug.check_password_hash": ("Werkzeug 1.0", "import it from werkzeug.security"),
    "werkzeug.secure_filename": ("Werkzeug 1.0", "import it from werkzeug.utils"),
    "werkzeug.security.safe_str_cmp": ("Werkzeug 2.1", "use hmac.compare_digest"),
    "werkzeug.urls.url_decode": ("Werkzeug 3.0", "use urllib.parse"),
    "werkzeug.urls.url_encode": ("Werkzeug 3.0", "use urllib.parse"),
    "werkzeug.urls.url_parse": ("Werkzeug 3.0", "use urllib.parse"),
    "werkzeug.urls.url_quote": ("Werkzeug 3.0", "use urllib.parse"),
}
_MODULES = {
    "flask.ext": ("Flask 1.0", "import the extension itself"),
    "flask_script": ("Flask 2", "use Flask's own command line"),
    "werkzeug.contrib": ("Werkzeug 1.0", "see what took its module's place"),
}
_SEND_FILE = {
    "add_etags": ("Flask 2.2", "write etag="),
    "attachment_filename": ("Flask 2.2", "write download_name="),
    "cache_timeout": ("Flask 2.2", "write max_age="),
}
_SENDERS = {"flask.send_file", "flask.send_from_directory"}
# Still accepted, and without effect.
_KEYS = {
    "ENV": ("Flask 2.3", "use FLASK_DEBUG"),
    "JSONIFY_MIMETYPE": ("Flask 2.3", "set app.json.mimetype"),
    "JSONIFY_PRETTYPRINT_REGULAR": ("Flask 2.3", "set app.json.compact"),
    "JSON_AS_ASCII": ("Flask 2.3", "set app.json.ensure_ascii"),
    "JSON_SORT_KEYS": ("Flask 2.3", "set app.json.sort_keys"),
}
# What stands in the text of a file that uses any of these.
_WORDS = [
    *_METHODS, *_MODULES, *_SEND_FILE, *_KEYS, "werkzeug.server.shutdown",
    *(name.rpartition(".")[2] for name in _NAMES), "ext", "contrib",
]  # fmt: skip


def findings(facts: Facts) -> Iterator[Diagnostic]:
    """Uses of what is gone, in every file of the running app."""
    for source in app_sources(facts):
        if not source.mentions(*_WORDS):
            continue
        imports = imports_of(source.tree)
        for node in source.nodes:
            for what, since, instead in _removed(node, imports):
                if isinstance(node, ast.expr | ast.stmt):
                    message = f"{what} is gone since {since}: {instead}"
                    yield rules.REMOVED_API.at(source.place(node), message)
        yield from _keys(source)


def _removed(node: ast.AST, imports: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    match node:
        case ast.Attribute(attr=attr) if attr in _METHODS:
            yield attr, *_METHODS[attr]
        case ast.Attribute() if (name := full_name(node, imports)) in _NAMES:
            yield name, *_NAMES[name]
        case ast.Constant(value="werkzeug.server.shutdown"):
            yield "werkzeug.server.shutdown", "Werkzeug 2.1", "end the process by a signal"
        case ast.Call(func=func, keywords=keywords) if full_name(func, imports) in _SENDERS:
            for given in keywords:
                if given.arg in _SEND_FILE:
                    yield f"{given.arg}=", *_SEND_FILE[given.arg]
        case ast.Import() | ast.ImportFrom():
            for module in modules_of(node):
                for gone, why in _MODULES.items():
                    if f"{module}.".startswith(f"{gone}."):
                        yield gone, *why
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                yield from ((name, *_NAMES[name]) for name in names if name in _NAMES)
        case _:
            pass


def _keys(source: SourceFile) -> Iterator[Diagnostic]:
    """Settings that Flask does not read any more."""
    for node in source.nodes:
        match node:
            case ast.Assign(
                targets=[ast.Subscript(value=owner, slice=ast.Constant(value=str(key)))]
            ) if key in _KEYS and dotted(owner).endswith(".config"):
                since, instead = _KEYS[key]
                message = f"the setting {key} is without effect since {since}: {instead}"
                yield rules.REMOVED_API.at(source.place(node), message)
            case _:
                pass
