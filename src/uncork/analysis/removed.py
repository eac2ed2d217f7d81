"""APIs that Flask and Dash have removed, and what means the same on every version.

Only those are replaced without a question whose replacement works on old and new versions
alike: which version is installed where the app will run is nothing that the source says.
What needs a certain version is replaced where the requirements ask for one.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from uncork.analysis.syntax import dotted, full_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts

# The old name, and the one that it was an alias of (the change logs of Flask 3.0, Jinja 3.1 and
# Werkzeug 1.0).
MOVED = {
    "flask.Markup": "markupsafe.Markup",
    "flask.escape": "markupsafe.escape",
    "jinja2.Markup": "markupsafe.Markup",
    "jinja2.escape": "markupsafe.escape",
    "werkzeug.FileStorage": "werkzeug.datastructures.FileStorage",
    "werkzeug.cached_property": "werkzeug.utils.cached_property",
    "werkzeug.check_password_hash": "werkzeug.security.check_password_hash",
    "werkzeug.generate_password_hash": "werkzeug.security.generate_password_hash",
    "werkzeug.secure_filename": "werkzeug.utils.secure_filename",
}
# Packages that Dash 2 took in.
_DASH_PARTS = {
    "dash_core_components": "dcc",
    "dash_html_components": "html",
    "dash_table": "dash_table",
}
_EXTENSION = re.compile(r"^flask\.ext\.(\w+)")
_JOB = re.compile(r"__main__:([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)")
_PIN = r"""(?im)^[\s"'-]*{name}(?:\[[^\]]*\])?[\s"'=]*(==|>=|~=|\^)\s*v?(\d+(?:\.\d+)*)"""
ENVIRONMENT = 'os.environ.get("FLASK_ENV", "production")'
"""What `app.env` was (flask.helpers.get_env, 1.0 to 2.2)."""


def asks_for(facts: Facts, name: str, version: tuple[int, ...]) -> bool:
    """Whether the project's requirements ask for a version of a package, or a newer one."""
    pattern = re.compile(_PIN.format(name=re.escape(name)))
    for path, content in facts.project.contents.items():
        if path.suffix != ".py":
            for match in pattern.finditer(content.decode(errors="replace")):
                if tuple(int(part) for part in match[2].split(".")) >= version:
                    return True
    return False


def moved_alias(module: str, name: str, *, dash: bool) -> str:
    """The dotted name that ``from module import name`` has become, or ''."""
    if module == "flask.ext":
        return f"flask_{name}"
    if match := _EXTENSION.match(f"{module}."):
        return f"flask_{match[1]}{module[match.end() :]}.{name}"
    if dash and module in _DASH_PARTS:
        return f"dash.{_DASH_PARTS[module]}.{name}"
    return MOVED.get(f"{module}.{name}", "")


def moved_module(module: str, *, dash: bool) -> str:
    """The dotted name that ``import module as x`` has become, or ''."""
    if match := _EXTENSION.match(module):
        return f"flask_{match[1]}{module[match.end() :]}"
    return f"dash.{_DASH_PARTS[module]}" if dash and module in _DASH_PARTS else ""


def job_of_main(text: str) -> str:
    """``job`` of the text ``__main__:job``, or ''."""
    match = _JOB.fullmatch(text)
    return match[1] if match else ""


def modern(node: ast.stmt, imports: dict[str, str], flask: str) -> Iterator[str]:
    """The forms of a simple statement once what it uses of removed APIs is replaced.

    Plans are held against it: old and new statements must have the same forms.

    Args:
        node: the statement.
        imports: its module's imports.
        flask: the Flask object, as an expression.
    """
    if isinstance(node, ast.ImportFrom) and not node.level:
        for alias in node.names:
            name = moved_alias(node.module or "", alias.name, dash=True)
            module, _, old = (name or f"{node.module}.{alias.name}").rpartition(".")
            yield _import(module, old, alias.asname or alias.name)
    elif isinstance(node, ast.Import):
        for alias in node.names:
            plain = alias.asname or "." not in alias.name
            name = moved_module(alias.name, dash=True) if plain else ""
            module, _, old = (name or alias.name).rpartition(".")
            local = alias.asname or alias.name
            yield _import(module, old, local) if plain else f"import {alias.name}"
    else:
        copied = ast.parse(ast.unparse(node))
        yield ast.unparse(_Modern(imports, flask).visit(copied))


def _import(module: str, name: str, local: str) -> str:
    return f"{local} is {module}.{name}" if module else f"{local} is {name}"


class _Modern(ast.NodeTransformer):
    def __init__(self, imports: dict[str, str], flask: str) -> None:
        self._imports = imports
        self._flask = flask

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """A name that moved, `app.env` and, of Dash, `run_server`."""
        self.generic_visit(node)
        if name := MOVED.get(full_name(node, self._imports)):
            return ast.parse(name, mode="eval").body
        if is_environment(node, self._flask):
            return ast.parse(ENVIRONMENT, mode="eval").body
        if node.attr == "run_server":
            node.attr = "run"
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """``app.config["ENV"]``."""
        self.generic_visit(node)
        if is_environment(node, self._flask):
            return ast.parse(ENVIRONMENT, mode="eval").body
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """``"__main__:job"``."""
        job = job_of_main(node.value) if isinstance(node.value, str) else ""
        return ast.parse(f'f"{{__name__}}:{job}"', mode="eval").body if job else node


def first_request_functions(facts: Facts) -> dict[str, ast.FunctionDef]:
    """The script's functions that `before_first_request` alone decorates, by name."""
    owner = facts.application.flask if facts.application else "?"
    return {
        node.name: node
        for node in facts.file.nodes
        if isinstance(node, ast.FunctionDef)
        and [dotted(decorator) for decorator in node.decorator_list]
        == [f"{owner}.before_first_request"]
    }


def is_environment(node: ast.expr, flask: str) -> bool:
    """Whether an expression reads ``app.env`` or ``app.config["ENV"]``."""
    owners = {flask, "current_app"} - {""}
    match node:
        case ast.Attribute(value=owner, attr="env", ctx=ast.Load()):
            return dotted(owner) in owners
        case ast.Subscript(value=owner, slice=ast.Constant(value="ENV"), ctx=ast.Load()):
            return dotted(owner).removesuffix(".config") in owners
        case _:
            return False


def sets_environment(node: ast.AST) -> bool:
    """Whether code sets ``app.env`` or a key ENV itself, in whatever way."""
    match node:
        case ast.Attribute(attr="env", ctx=ast.Store()):
            return True
        case ast.Subscript(slice=ast.Constant(value="ENV"), ctx=ast.Store()):
            return True
        case ast.Name(id="ENV", ctx=ast.Store()) | ast.keyword(arg="ENV"):
            return True
        case ast.Dict(keys=keys):
            return any(isinstance(key, ast.Constant) and key.value == "ENV" for key in keys)
        case _:
            return False
