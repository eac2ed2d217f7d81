"""Noise: what differs between two observations of the same unchanged app.

It is learned field by field. What varies inside a text is masked and the rest still
compared; texts of the same words in another order are compared as bags of words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# A moment, an identifier or a number is one word: of "12:00:59" the minute may change, too.
_WORD = re.compile(r"[\w.:+/=@%-]+|\s+|.", re.DOTALL)
# Beyond this, aligning words costs more than it tells.
_ALIGNED_WORDS = 4000

Pattern = tuple["str | None", ...]
"""Literal pieces of a text; None stands for any text."""


@dataclass(frozen=True)
class Noise:
    """How one field varies.

    Args:
        samples: its values in observations of the old app; None, it was absent.
    """

    samples: tuple[str | None, ...]

    @property
    def steady(self) -> bool:
        """Whether it has the same value every time."""
        return len(set(self.samples)) == 1

    def accepts(self, value: str | None) -> bool:
        """Whether a value could have come from the old app."""
        if value in self.samples:
            return True
        if self.steady:
            return False
        texts = [sample for sample in self.samples if sample is not None]
        if len(texts) < len(self.samples):
            # Sometimes there, sometimes not: nothing can be said of it.
            return True
        if value is None:
            return False
        bags = {tuple(sorted(words(text))) for text in texts}
        if len(bags) == 1:
            return tuple(sorted(words(value))) in bags
        return matches(learn(texts), value)


def words(text: str) -> list[str]:
    """A text's words, its white space and its other characters."""
    return _WORD.findall(text)


def learn(texts: Sequence[str]) -> Pattern:
    """What all the texts have in common, with None for what varies."""
    pattern: list[str | None] = list(words(texts[0]))
    for text in texts[1:]:
        pattern = _common(pattern, words(text))
    return _merged(_trimmed(pattern))


def _common(pattern: list[str | None], sample: list[str]) -> list[str | None]:
    first = 0
    while first < min(len(pattern), len(sample)) and pattern[first] == sample[first]:
        first += 1
    last = 0
    while last < min(len(pattern), len(sample)) - first and pattern[-1 - last] == sample[-1 - last]:
        last += 1
    left, right = pattern[first : len(pattern) - last], sample[first : len(sample) - last]
    middle: list[str | None] = [None] if left or right else []
    if left and right and len(left) + len(right) <= _ALIGNED_WORDS:
        middle = []
        for tag, i1, i2, _, _ in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
            middle += left[i1:i2] if tag == "equal" else [None]
    return [*pattern[:first], *middle, *pattern[len(pattern) - last :]]


def _trimmed(pattern: list[str | None]) -> list[str | None]:
    r"""The pattern without punctuation beside what varies: it may belong to it.

    Random bytes as b'\x0f...' have quotes and backslashes in common, by chance.
    """
    for order in (1, -1):
        beside, kept = False, []
        for piece in pattern[::order]:
            if piece is None or any(map(str.isalnum, piece)):
                beside = piece is None
            elif beside:
                continue
            kept.append(piece)
        pattern = kept[::order]
    return pattern


def _merged(pattern: Sequence[str | None]) -> Pattern:
    merged: list[str | None] = []
    for piece in pattern:
        if piece is not None and merged and merged[-1] is not None:
            merged[-1] += piece
        elif piece is not None or not merged or merged[-1] is not None:
            merged.append(piece)
    return tuple(merged)


def matches(pattern: Pattern, text: str) -> bool:
    """Whether a text is the pattern with something in the place of each None."""
    if None not in pattern:
        return text == "".join(piece or "" for piece in pattern)
    first, last = pattern[0] or "", pattern[-1] or ""
    if len(text) < len(first) + len(last):
        return False
    if not (text.startswith(first) and text.endswith(last)):
        return False
    position, end = len(first), len(text) - len(last)
    for piece in pattern[1:-1]:
        if piece is not None:
            # The leftmost place leaves the most room for the pieces behind it.
            found = text.find(piece, position, end)
            if found < 0:
                return False
            position = found + len(piece)
    return True
