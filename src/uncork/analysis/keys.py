"""Keys of app.config: those that mean something already."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.analysis.main_block import Role
from uncork.analysis.syntax import dotted, is_main_guard, walk_here
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uncork.analysis.facts import Facts

# Keys of Flask's own default configuration (flask.app.Flask.default_config, 1.1 to 3.1).
FLASK_KEYS = frozenset(
    """
    APPLICATION_ROOT DEBUG ENV EXPLAIN_TEMPLATE_LOADING JSONIFY_MIMETYPE
    JSONIFY_PRETTYPRINT_REGULAR JSON_AS_ASCII JSON_SORT_KEYS MAX_CONTENT_LENGTH
    MAX_COOKIE_SIZE MAX_FORM_MEMORY_SIZE MAX_FORM_PARTS PERMANENT_SESSION_LIFETIME
    PREFERRED_URL_SCHEME PRESERVE_CONTEXT_ON_EXCEPTION PROPAGATE_EXCEPTIONS
    PROVIDE_AUTOMATIC_OPTIONS SECRET_KEY SECRET_KEY_FALLBACKS SEND_FILE_MAX_AGE_DEFAULT SERVER_NAME
    SESSION_COOKIE_DOMAIN SESSION_COOKIE_HTTPONLY SESSION_COOKIE_NAME
    SESSION_COOKIE_PARTITIONED SESSION_COOKIE_PATH SESSION_COOKIE_SAMESITE
    SESSION_COOKIE_SECURE SESSION_REFRESH_EACH_REQUEST TEMPLATES_AUTO_RELOAD TESTING
    TRAP_BAD_REQUEST_ERRORS TRAP_HTTP_EXCEPTIONS TRUSTED_HOSTS USE_X_SENDFILE
    """.split()  # noqa: SIM905 - forty quoted lines would be read by nobody
)
# FLASK_APP and the like are read by Flask itself.
FLASK_ENVIRONMENT = frozenset({"APP", "DEBUG", "ENV", "SKIP_DOTENV"})
# What popular extensions name their keys, by the module that a project imports.
_EXTENSIONS = {
    "celery": "CELERY",
    "flask_apscheduler": "SCHEDULER",
    "flask_assets": "ASSETS",
    "flask_babel": "BABEL",
    "flask_caching": "CACHE",
    "flask_cors": "CORS",
    "flask_jwt_extended": "JWT",
    "flask_limiter": "RATELIMIT",
    "flask_login": "REMEMBER",
    "flask_mail": "MAIL",
    "flask_mongoengine": "MONGODB",
    "flask_mqtt": "MQTT",
    "flask_mysqldb": "MYSQL",
    "flask_pymongo": "MONGO",
    "flask_redis": "REDIS",
    "flask_security": "SECURITY",
    "flask_session": "SESSION",
    "flask_sqlalchemy": "SQLALCHEMY",
    "flask_uploads": "UPLOADS",
    "flask_wtf": "WTF",
}


@dataclass(frozen=True)
class Keys:
    """The keys that are taken.

    Args:
        mentioned: those that code of the project reads or writes.
        written: those that it writes, beside statements that put an option there.
        prefixes: those of the extensions that it imports.
        early: those that the script reads while it is imported, before options are put there.
    """

    mentioned: frozenset[str]
    written: frozenset[str]
    prefixes: tuple[str, ...]
    early: frozenset[str]

    @classmethod
    def of(cls, facts: Facts) -> Keys:
        """The keys of a project."""
        overrides = {s.node for s in facts.main.of(Role.OVERRIDE)} if facts.main else set()
        own = {node for statement in overrides for node in walk(statement)}
        mentioned: set[str] = set()
        written: set[str] = set()
        imported: set[str] = set()
        loads_objects = False
        for source in facts.sources:
            nodes = [node for kind in _KINDS for node in source.of(kind) if node not in own]
            for key, writes in _keys(nodes):
                mentioned.add(key)
                written |= {key} if writes else set()
            imported |= _imported(nodes)
            loads_objects = loads_objects or any(map(_loads_object, nodes))
        if loads_objects:
            written |= _constants(facts)
        prefixes = tuple(f"{_EXTENSIONS[name]}_" for name in sorted(imported & set(_EXTENSIONS)))
        on_import = [
            node
            for statement in facts.file.tree.body
            if not is_main_guard(statement)
            for node in walk_here(statement)
        ]
        early = frozenset(key for key, _ in _keys(on_import))
        return cls(frozenset(mentioned), frozenset(written), prefixes, early)

    def problem(self, key: str, overridden: bool) -> str:
        """What a new setting's key means already, or ''.

        Args:
            key: the key.
            overridden: whether the script itself puts the option there, so that the key is
                meant to be this one.
        """
        if key in FLASK_ENVIRONMENT or key.startswith("RUN_"):
            return f"FLASK_{key}, which Flask reads"
        if key in self.written:
            return f"{key}, which the project sets itself"
        if key in self.early:
            return f"{key}, which is read while the script is imported"
        if overridden:
            return ""
        if key in FLASK_KEYS:
            return f"{key}, which is Flask's own"
        if key.startswith(self.prefixes):
            return f"{key}, which is an extension's"
        return f"{key}, which is used in the project already" if key in self.mentioned else ""


_KINDS: tuple[type[ast.AST], ...] = (ast.Subscript, ast.Call, ast.Import, ast.ImportFrom)
"""What `_keys`, `_imported` and `_loads_object` look at."""


def _keys(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, bool]]:
    """The keys that code reads or writes in a configuration, and whether it writes them."""
    for node in nodes:
        match node:
            case ast.Subscript(value=owner, slice=ast.Constant(value=str(key))):
                if _is_config(owner):
                    yield key, not isinstance(node.ctx, ast.Load)
            case ast.Call(
                func=ast.Attribute(value=owner, attr="get" | "setdefault" | "pop" as method),
                args=[ast.Constant(value=str(key)), *_],
            ):
                if _is_config(owner):
                    yield key, method != "get"
            case ast.Call(func=ast.Attribute(value=owner, attr="update" | "from_mapping")):
                if _is_config(owner):
                    yield from ((key, True) for key in _given(node))
            case _:
                pass


def _is_config(owner: ast.expr) -> bool:
    return dotted(owner).endswith("config")


def _given(call: ast.Call) -> Iterator[str]:
    """The keys of ``update(A=1)``, ``update({"A": 1})`` and ``update(dict(A=1))``."""
    for node in walk(call):
        match node:
            case ast.keyword(arg=str(key)) | ast.Constant(value=str(key)):
                yield key
            case _:
                pass


def _imported(nodes: Iterable[ast.AST]) -> set[str]:
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def _loads_object(node: ast.AST) -> bool:
    """Whether settings come from a module, a class or a Python file of the project."""
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="from_object" | "from_pyfile")):
            return _is_config(owner)
        case _:
            return False


def _constants(facts: Facts) -> set[str]:
    """Upper-case names that modules and classes bind: what from_object() and from_pyfile() take."""
    return {
        node.id
        for source in facts.sources
        for node in source.nodes
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id.isupper()
    }
