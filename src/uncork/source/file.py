"""A Python source file as bytes, text, syntax tree and spans."""

from __future__ import annotations

import ast
import codecs
import io
import re
import tokenize
import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from uncork.errors import Place, SourceError
from uncork.source.edit import Span, apply_edits
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import PurePosixPath

    from uncork.source.edit import Edit

_Node = TypeVar("_Node", bound=ast.AST)
_LINE_FEED = re.compile(r"(?<!\r)\n")


@dataclass(frozen=True)
class SourceFile:
    """One Python file of the user's project.

    Offsets count bytes of the text in UTF-8 without a byte order mark, which is
    what `ast` counts columns in; `edited` turns them back into the file's own encoding.

    Args:
        path: relative to the project's folder.
        content: the bytes as they stand on disk.
        prefix: what stands in front of the path when it is shown, so that people can
            open what a message names: ``examples/greeter/``.
    """

    path: PurePosixPath
    content: bytes
    prefix: str = ""

    @cached_property
    def encoding(self) -> str:
        """The encoding by PEP 263: byte order mark, cookie, else UTF-8."""
        # Only the first two lines count, and a carriage return alone ends one, too.
        head = b"\n".join(self.content.splitlines()[:2])
        try:
            name, _ = tokenize.detect_encoding(io.BytesIO(head).readline)
        except SyntaxError as error:
            raise SourceError(str(error), place=self.place(1)) from error
        return name

    @cached_property
    def text(self) -> str:
        """The decoded text, line ends as they are, without a byte order mark."""
        try:
            return self.content.decode(self.encoding)
        # LookupError: codecs such as hex are none of text; UnicodeError: idna has its own.
        except (UnicodeError, LookupError) as error:
            reason = getattr(error, "reason", None) or str(error)
            where = f" at byte {error.start}" if isinstance(error, UnicodeDecodeError) else ""
            raise SourceError(
                f"can't be decoded as {self.encoding}: {reason}{where}",
                place=self.place(),
                hint="save the file as UTF-8, or name its encoding in the first line (PEP 263)",
            ) from error

    @cached_property
    def utf8(self) -> bytes:
        """The text in UTF-8: what spans are offsets into."""
        return self.text.encode()

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree.

        Raises:
            SourceError: this Python can't parse the file; Python 2 is recognised.
        """
        try:
            with warnings.catch_warnings():
                # An invalid escape is Python's to complain about, when the script runs.
                warnings.simplefilter("ignore")
                return ast.parse(self.text, filename=str(self.path))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None)
            reason = getattr(error, "msg", None) or str(error) or "nested too deeply"
            python2 = "Missing parentheses in call to 'print'" in reason
            raise SourceError(
                "this is Python 2" if python2 else f"can't be parsed: {reason}",
                place=self.place(line),
                hint="port it first, with 2to3 for instance"
                if python2
                else "run it once and mend what Python says",
            ) from error

    @cached_property
    def parses(self) -> bool:
        """Whether this Python can parse the file."""
        try:
            return bool(self.tree)
        except SourceError:
            return False

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree in `ast.walk`'s order: walked once, however many ask."""
        return walk(self.tree)

    @cached_property
    def _by_type(self) -> dict[type[ast.AST], list[ast.AST]]:
        kinds: dict[type[ast.AST], list[ast.AST]] = {}
        for node in self.nodes:
            kinds.setdefault(type(node), []).append(node)
        return kinds

    def of(self, kind: type[_Node]) -> Sequence[_Node]:
        """The nodes of one type, in `nodes`' order: most analyses want a tenth of all."""
        return cast("Sequence[_Node]", self._by_type.get(kind, ()))

    @property
    def imports(self) -> list[ast.Import | ast.ImportFrom]:
        """Every import statement, wherever it stands."""
        return [*self.of(ast.Import), *self.of(ast.ImportFrom)]

    def mentions(self, *words: str) -> bool:
        """Whether one of some words stands anywhere in the text, so that parsing it is worth it.

        Where the text can't be decoded, none does.
        """
        try:
            return any(word in self.text for word in words)
        except SourceError:
            return False

    @cached_property
    def lines(self) -> list[bytes]:
        r"""The lines of `utf8` with their ends; \n, \r\n and \r end one, as in Python's grammar."""
        return self.utf8.splitlines(keepends=True)

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line))
        return starts

    @property
    def newline(self) -> str:
        """The line end that new lines take: the file's first one, or a line feed."""
        first = self.lines[0] if self.lines else b""
        for end in ("\r\n", "\n", "\r"):
            if first.endswith(end.encode()):
                return end
        return "\n"

    def offset(self, line: int, column: int) -> int:
        """The offset of a line (from 1) and a column (in UTF-8 bytes, from 0)."""
        return self._starts[line - 1] + column

    def span(self, node: ast.expr | ast.stmt | ast.arg | ast.alias | ast.keyword) -> Span:
        """From the node's first byte to behind its last."""
        assert node.end_lineno is not None  # noqa: S101 - true of every parsed node
        assert node.end_col_offset is not None  # noqa: S101
        return Span(
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno, node.end_col_offset),
        )

    def line_span(self, first: int, last: int) -> Span:
        """The lines `first` to `last` (from 1, both included) with their ends."""
        return Span(self._starts[first - 1], self._starts[last])

    def slice(self, span: Span) -> str:
        """The text of a span."""
        return self.utf8[span.start : span.end].decode()

    def line(self, number: int) -> str:
        """A line's text without its end."""
        return self.lines[number - 1].decode().rstrip("\r\n")

    def place(self, node: ast.expr | ast.stmt | int | None = None) -> Place:
        """Where a node, or a line, stands; without either, the file."""
        line = node if isinstance(node, int | None) else node.lineno
        return Place(f"{self.prefix}{self.path}", line)

    def edited(self, edits: Iterable[Edit]) -> SourceFile:
        """This file with edits applied, in its own encoding and with its byte order mark.

        A line feed in a replacement becomes the file's own line end; CRLF stays, since text
        that was taken from the file has its line ends already.

        Raises:
            InvariantError: edits overlap.
            SourceError: the file's encoding can't express a replacement, or bytes that no edit
                touches would change with it.
        """
        own = [
            type(edit)(edit.span, _LINE_FEED.sub(self.newline, edit.replacement)) for edit in edits
        ]
        encoding = "utf-8" if self.encoding == "utf-8-sig" else self.encoding
        mark = codecs.BOM_UTF8 if self.content.startswith(codecs.BOM_UTF8) else b""
        if mark + self.text.encode(encoding) != self.content:
            raise SourceError(
                f"can't be edited: {self.encoding} spells a letter of it in two ways",
                place=self.place(),
                hint="save the file as UTF-8",
            )
        text = apply_edits(self.utf8, own).decode()
        try:
            return replace(self, content=mark + text.encode(encoding))
        except UnicodeEncodeError as error:
            raise SourceError(
                f"its encoding {self.encoding} can't express {error.object[error.start]!r}",
                place=self.place(),
                hint="save the file as UTF-8",
            ) from error
