"""Parsers say the script's name. Not a codemod itself: it has no ORDER."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork.analysis.syntax import full_name, imports_of
from uncork.source.edit import Edit, Span
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uncork.source.file import SourceFile

_MAKERS = {"argparse.ArgumentParser", "optparse.OptionParser"}


def prog_edits(file: SourceFile, roots: Iterable[ast.AST], name: str) -> Iterator[Edit]:
    """Give parsers ``prog="server.py"``: they take the server's own name otherwise.

    Args:
        file: the file.
        roots: where the parsers are made; one that says its own prog keeps it.
        name: the script's name.
    """
    imports = imports_of(file.tree)
    seen: set[ast.AST] = set()
    for node in (inner for root in roots for inner in walk(root)):
        if not isinstance(node, ast.Call) or full_name(node.func, imports) not in _MAKERS:
            continue
        if node in seen or node.args or any(k.arg in (None, "prog") for k in node.keywords):
            continue
        seen.add(node)
        if node.keywords:
            first = node.keywords[0]
            before = file.lines[first.lineno - 1][: first.col_offset].decode()
            gap = ", " if before.strip() else f",\n{before}"
            start = file.span(first).start
            yield Edit(Span(start, start), f'prog="{name}"{gap}')
        else:
            start = file.utf8.index(b"(", file.span(node.func).end) + 1
            yield Edit(Span(start, start), f'prog="{name}"')
