"""What stands between the braces of an f-string.

Up to Python 3.11 the parser misplaces the nodes in there, and its own quote can't be
used again inside (PEP 701 allows both from 3.12 on), so the text itself is read. The
grammar is the language reference's, section 2.4.3 (Formatted string literals).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from uncork.source.walk import walk

_START = re.compile(r"((?:(?<!\w)[A-Za-z]{1,2})?)('''|\"\"\"|'|\")")


@dataclass(frozen=True)
class Found:
    """A match inside braces.

    Args:
        start: where it begins in the text that was searched.
        end: where it ends.
        quotes: the quotes of the strings around it, outermost first.
    """

    start: int
    end: int
    quotes: tuple[str, ...]

    def quote(self) -> str | None:
        """A quote that a string can be written with here, or None if both are used up."""
        for candidate in ('"', "'"):
            if all(candidate not in used for used in self.quotes):
                return candidate
        # Inside three of a kind, one of the kind ends nothing.
        return next((c for c in ('"', "'") if c not in self.quotes), None)


def find_in_braces(text: str, pattern: re.Pattern[str]) -> list[Found]:
    """Every match of a pattern in the expressions of an f-string.

    Args:
        text: one string literal, or several that are joined by standing side by side.
        pattern: what to look for.
    """
    found: list[Found] = []
    _Reader(text, pattern, found).code(0, (), inside=False)
    return found


class _Reader:
    def __init__(self, text: str, pattern: re.Pattern[str], found: list[Found]) -> None:
        self._text = text
        self._pattern = pattern
        self._found = found

    def code(self, position: int, quotes: tuple[str, ...], *, inside: bool) -> int:
        """Read an expression up to its closing brace, or to the end of the text.

        Args:
            position: where it begins.
            quotes: of the strings around it.
            inside: whether it stands between braces.
        """
        depth = 0
        while position < len(self._text):
            character = self._text[position]
            if match := _START.match(self._text, position):
                position = self._string(match, quotes)
                continue
            if inside and (match := self._pattern.match(self._text, position)):
                self._found.append(Found(match.start(), match.end(), quotes))
                position = match.end()
                continue
            if character == "#":
                position = (self._text + "\n").index("\n", position)
            elif character in "([{":
                depth += 1
            elif inside and depth == 0 and character == ":":
                return self._literal(position + 1, quotes, until="}", raw=True)
            elif inside and depth == 0 and character == "}":
                return position + 1
            elif character in ")]}":
                depth -= 1
            position += 1
        return position

    def _string(self, start: re.Match[str], quotes: tuple[str, ...]) -> int:
        prefix, quote = start.groups()
        if "f" in prefix.lower():
            raw = "r" in prefix.lower()
            return self._literal(start.end(), (*quotes, quote), until=quote, raw=raw)
        position = start.end()
        while not self._text.startswith(quote, position):
            position += 2 if self._text[position] == "\\" else 1
        return position + len(quote)

    def _literal(self, position: int, quotes: tuple[str, ...], *, until: str, raw: bool) -> int:
        """Read an f-string's own text, or a format specification, up to its end."""
        while position < len(self._text) and not self._text.startswith(until, position):
            if self._text.startswith(("{{", "}}"), position) and until != "}":
                position += 2
            elif self._text[position] == "{":
                position = self.code(position + 1, quotes, inside=True)
            elif self._text.startswith("\\N{", position) and not raw:
                position = self._text.index("}", position) + 1
            elif self._text[position] == "\\" and self._text[position + 1] not in "{}":
                position += 2
            else:
                position += 1
        return position + len(until)


def attribute_pattern(owner: str, attribute: str) -> re.Pattern[str]:
    """A pattern for ``owner.attribute``, and nothing that only begins or ends so."""
    return re.compile(rf"(?<![\w.]){re.escape(owner)}\.{re.escape(attribute)}(?!\w)")


def outermost_strings(tree: ast.Module) -> dict[ast.AST, ast.JoinedStr]:
    """Every node inside an f-string, with the outermost one around it."""
    found: dict[ast.AST, ast.JoinedStr] = {}
    # ast.walk goes from the outside to the inside.
    for node in walk(tree):
        if isinstance(node, ast.JoinedStr) and node not in found:
            found.update(dict.fromkeys(walk(node), node))
    return found
