"""Results as one JSON object with a ``version`` key."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from uncork.diagnostics import Diagnostic
from uncork.errors import UncorkError

VERSION = 1
"""Of the JSON's form: raised when a key is renamed or removed, not when one is added."""


@singledispatch
def json_of(result: object) -> dict[str, Any]:
    """A result's keys; each kind of result registers its own."""
    raise NotImplementedError(f"no JSON for {type(result).__name__}")


def as_json(result: Any, command: str) -> dict[str, Any]:
    """The whole object that ``--json`` prints."""
    return {
        "version": VERSION,
        "command": command,
        "status": int(result.status),
        **json_of(result),
    }


@json_of.register
def _(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.rule.code,
        "name": diagnostic.rule.name,
        "severity": diagnostic.rule.severity.value,
        "path": diagnostic.place.path,
        "line": diagnostic.place.line,
        "message": diagnostic.message,
        "remedy": diagnostic.remedy,
    }


@json_of.register
def _(error: UncorkError) -> dict[str, Any]:
    return {
        "error": {
            "kind": type(error).__name__,
            "fact": error.fact,
            "path": error.place.path if error.place else None,
            "line": error.place.line if error.place else None,
            "hint": error.hint,
        }
    }
