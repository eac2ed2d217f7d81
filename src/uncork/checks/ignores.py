"""Comments ``# uncork: ignore[UNC101]``: a finding on their line that somebody has looked at."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uncork.diagnostics import Diagnostic
    from uncork.source.file import SourceFile

_COMMENT = re.compile(r"#\s*uncork:\s*ignore\b[ \t]*(?:\[(?P<codes>[^\]]*)\])?", re.IGNORECASE)


@dataclass(frozen=True)
class Ignore:
    """One code of such a comment.

    Args:
        source: the file.
        line: the comment's line, from 1.
        code: what it names, in upper case; '' where it names nothing.
    """

    source: SourceFile
    line: int
    code: str


def without_ignored(
    diagnostics: Iterable[Diagnostic], sources: Iterable[SourceFile]
) -> list[Diagnostic]:
    """The diagnostics that no comment ignores, and those about the comments themselves.

    A comment counts for the line that it stands on, which is the line that the finding
    names. What migrate declines is never ignored.

    Args:
        diagnostics: what check found.
        sources: the files that were looked at; comments elsewhere mean nothing.
    """
    known = {rule.code: rule for rule in rules.catalogue()}
    ignores = {
        (str(source.place()), ignore.line, ignore.code): ignore
        for source in sources
        for ignore in ignores_of(source)
    }
    used: set[tuple[str, int, str]] = set()
    kept = []
    for found in diagnostics:
        key = (found.place.path, found.place.line or 0, found.rule.code)
        if key in ignores and _can_be_ignored(found.rule.code):
            used.add(key)
        else:
            kept.append(found)
    for key, ignore in ignores.items():
        place = ignore.source.place(ignore.line)
        rule = known.get(ignore.code)
        if rule is None or not _can_be_ignored(ignore.code):
            kept.append(
                rules.UNKNOWN_IGNORE.at(place, _why_not(ignore.code, known=rule is not None))
            )
        elif key not in used:
            kept.append(rules.UNUSED_IGNORE.at(place, f"{ignore.code} is not found here"))
    return kept


def _can_be_ignored(code: str) -> bool:
    return code.startswith("UNC1")


def _why_not(code: str, *, known: bool) -> str:
    if not code:
        return "the comment names no code"
    return f"{code} is no finding of check" if known else f"there is no diagnostic {code}"


def ignores_of(source: SourceFile) -> Iterator[Ignore]:
    """The codes that a file's comments ignore; text in strings is no comment."""
    # Most files have none, and tokens are slow.
    if "uncork:" not in source.text.lower():
        return
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        match = _COMMENT.search(token.string) if token.type == tokenize.COMMENT else None
        if match:
            codes = [code.strip().upper() for code in (match["codes"] or "").split(",")]
            for code in [each for each in codes if each] or [""]:
                yield Ignore(source, token.start[0], code)
