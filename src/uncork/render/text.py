"""Results as text for people."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from uncork.diagnostics import Diagnostic

if TYPE_CHECKING:
    from uncork.errors import UncorkError


@singledispatch
def text_of(result: object) -> str:
    """A result's text; each kind of result registers its own."""
    raise NotImplementedError(f"no text for {type(result).__name__}")


def as_text(result: object) -> str:
    """A result's text, without a final line end."""
    return text_of(result).rstrip("\n")


@text_of.register
def _(diagnostic: Diagnostic) -> str:
    lines = [f"{diagnostic.place}: {diagnostic.rule.code} {diagnostic.message}"]
    if diagnostic.remedy:
        lines.append(f"    {diagnostic.remedy}")
    return "\n".join(lines)


def error_text(error: UncorkError) -> str:
    """``error: [path:line:] fact`` and, where there is one, ``hint: next thing to type``."""
    place = f"{error.place}: " if error.place else ""
    lines = [f"error: {place}{error.fact}"]
    if error.hint:
        lines.append(f"hint: {error.hint}")
    return "\n".join(lines)
