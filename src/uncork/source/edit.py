"""Edits: spans of a file and what replaces them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.errors import InvariantError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, order=True)
class Span:
    """A half-open range of byte offsets into a file's UTF-8 text."""

    start: int
    end: int

    def __contains__(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, order=True)
class Edit:
    """Replace the bytes of `span` by `replacement`; an empty span is an insertion."""

    span: Span
    replacement: str


def apply_edits(utf8: bytes, edits: Iterable[Edit]) -> bytes:
    """The text with every edit applied; insertions at one offset keep their order.

    Raises:
        InvariantError: two edits overlap, so that the result would depend on their order.
    """
    pieces: list[bytes] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        if edit.span.start < position:
            raise InvariantError(f"edits overlap at byte {edit.span.start}")
        pieces += utf8[position : edit.span.start], edit.replacement.encode()
        position = edit.span.end
    return b"".join([*pieces, utf8[position:]])
