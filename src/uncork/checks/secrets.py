"""Secrets that stand in the source: keys of sessions, passwords, tokens. None is ever shown."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.syntax import full_name, imports_of
from uncork.checks.config import config_files
from uncork.checks.sources import app_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic

_NAME = re.compile(
    r"(?:^|_)(?:SECRET(?:_?KEY)?|PASSWORD|PASSWD|PWD|API_?KEY|API_?SECRET|ACCESS_?KEY|PRIVATE_?KEY|"
    r"AUTH_?TOKEN|ACCESS_?TOKEN|BOT_?TOKEN|CLIENT_?SECRET|APP_?SECRET)$",
    re.IGNORECASE,
)
_SESSION_KEY = re.compile(r"SECRET_KEY$", re.IGNORECASE)
# What the makers of tokens print on them, so that they can be found.
_TOKEN = re.compile(
    r"AKIA[0-9A-Z]{16}$|gh[pousr]_\w{36}|glpat-[\w-]{20}|sk_live_\w{16}|xox[abprs]-[\w-]{10}|"
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|SG\.[\w-]{22}\.[\w-]{43}|AIza[\w-]{35}$"
)
_IN_URL = re.compile(r"[a-z][a-z0-9+]*://[^/\s:@{}<>$%]+:(?P<password>[^/\s@{}<>$%]+)@\S")
# What stands in the text of a file that has any of these.
_WORDS = re.compile(
    r"SECRET|PASSW|PWD|API_?KEY|ACCESS_?KEY|PRIVATE|_?TOKEN|://|AKIA|gh[pousr]_|glpat-|sk_live_|"
    r"xox[abprs]-|SG\.|AIza",
    re.IGNORECASE,
)
# Text that stands for a secret, and is none.
_STAND_IN = re.compile(
    r"$|[<{\[$%].*[>}\])%]?$|.*(?:your|xxx|example|change|replace|insert|placeholder|todo|\*\*\*|"
    r"\.\.\.)|(?:none|null|test|dummy|secret|password|pass|user|admin|root|token|key)$",
    re.IGNORECASE,
)
_ENVIRONMENT = {"os.environ.get", "os.getenv"}
_MIN_SECRET = 6


def findings(facts: Facts) -> Iterator[Diagnostic]:
    """Secrets in the running app's files and in its config files."""
    for source in dict.fromkeys([*app_sources(facts), *config_files(facts)]):
        if not _WORDS.search(source.text):
            continue
        imports = imports_of(source.tree)
        lines: set[int] = set()
        for node in source.nodes:
            for what, value in _found(node, imports):
                if value.lineno not in lines:
                    lines.add(value.lineno)
                    yield rules.SECRET_IN_SOURCE.at(source.place(value), what)


def _found(node: ast.AST, imports: dict[str, str]) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=[target], value=value):
            yield from _named(_name_of(target), value, imports)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _named(_name_of(target), value, imports)
        case ast.keyword(arg=str(name), value=value):
            yield from _named(name, value, imports)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield from _named(key.value, value, imports)
        case ast.Constant(value=str(text)):
            match = _IN_URL.match(text)
            if match and not _STAND_IN.match(match["password"]):
                yield "a password stands in an address in the source", node
            elif _TOKEN.match(text):
                yield "an access token stands in the source", node
        case _:
            pass


def _name_of(target: ast.expr) -> str:
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case _:
            return ""


def _named(name: str, value: ast.expr, imports: dict[str, str]) -> Iterator[tuple[str, ast.expr]]:
    """A literal under a name that says it is secret, or as what stands in for the environment."""
    if not _NAME.search(name):
        return
    of_session = _SESSION_KEY.search(name) is not None
    match value:
        case ast.Call(func=func, args=[_, ast.Constant() as default]) if of_session and (
            full_name(func, imports) in _ENVIRONMENT
        ):
            if isinstance(default.value, str) and default.value:
                yield f"without a variable {name} is a text of the source", default
        case ast.BoolOp(op=ast.Or(), values=[*_, ast.Constant() as default]) if of_session:
            if isinstance(default.value, str) and default.value:
                yield f"without a variable {name} is a text of the source", default
        case ast.Constant(value=str(text) | bytes(text)) if text:
            plain = text if isinstance(text, str) else text.decode("latin-1")
            if of_session or (len(plain) >= _MIN_SECRET and _is_secret(plain)):
                yield f"{name} stands in the source", value
        case _:
            pass


def _is_secret(text: str) -> bool:
    """Whether a text may be a password or a token: no stand-in, no name, no sentence."""
    return not _STAND_IN.match(text) and not re.search(r"\s|^[a-z]+(_[a-z]+)+$|^[A-Z_]+$|/", text)
