"""`walk` is `ast.walk` without contexts, and walks a tree once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from uncork.source.walk import walk

SOURCES = sorted(Path(__file__).parents[2].glob("src/uncork/analysis/*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_it_gives_what_ast_walk_gives_in_its_order(path: Path) -> None:
    tree = ast.parse(path.read_text())
    expected = [node for node in ast.walk(tree) if not isinstance(node, ast.expr_context)]
    for _ in range(2):
        assert list(walk(tree)) == expected


def test_it_walks_a_tree_once() -> None:
    tree = ast.parse("x = 1\n")
    before = walk(tree)
    tree.body.append(ast.Pass())
    assert walk(tree) == before


def test_a_part_that_was_walked_before_is_part_of_the_whole() -> None:
    tree = ast.parse("def f():\n    return 1\n")
    walk(tree.body[0])
    assert any(isinstance(node, ast.Constant) for node in walk(tree))
