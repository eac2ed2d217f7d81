"""Names are resolved as Python resolves them: `symtable` is the referee."""

from __future__ import annotations

import ast
import symtable
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from uncork.analysis.scopes import Names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.scopes import Scope

_KINDS = {
    ast.Lambda: "lambda",
    ast.ListComp: "listcomp",
    ast.SetComp: "setcomp",
    ast.DictComp: "dictcomp",
    ast.GeneratorExp: "genexpr",
}

names = st.sampled_from("abcd")
EXPRESSIONS = st.recursive(
    st.one_of(names, st.just("0")),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("({0[0]} + {0[1]})".format),
        st.tuples(inner, names, inner).map("[{0[0]} for {0[1]} in {0[2]}]".format),
        st.tuples(inner, names, inner, inner).map(
            "{{{0[0]}: 1 for {0[1]} in {0[2]} if {0[3]}}}".format
        ),
        st.tuples(inner, names, inner, names, inner).map(
            "list({0[0]} for {0[1]} in {0[2]} for {0[3]} in {0[4]})".format
        ),
        st.tuples(names, inner, inner).map("(lambda {0[0]}, e={0[1]}: {0[2]})".format),
        st.tuples(names, inner).map("({0[0]} := {0[1]})".format),
        inner.map("f'{{{}:>{{a}}}}'".format).filter(lambda text: text.count("'") == 2),
    ),
    max_leaves=4,
)


def _indent(lines: list[str]) -> str:
    return textwrap.indent("\n".join(lines), "    ")


SIMPLE = st.one_of(
    EXPRESSIONS,
    st.tuples(names, EXPRESSIONS).map("{0[0]} = {0[1]}".format),
    st.tuples(names, EXPRESSIONS).map("{0[0]} += {0[1]}".format),
    st.tuples(names, EXPRESSIONS).map("{0[0]}: int = {0[1]}".format),
    st.tuples(names, names, EXPRESSIONS).map("{0[0]}, *{0[1]} = {0[2]}".format),
    names.map("global {}".format),
    names.map("nonlocal {}".format),
    names.map("del {}".format),
    names.map("import {}.x".format),
    names.map("from z import y as {}".format),
)


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=3).map(_indent)
    return st.one_of(
        st.tuples(names, names, EXPRESSIONS, body).map("def {0[0]}({0[1]}={0[2]}):\n{0[3]}".format),
        st.tuples(names, names, EXPRESSIONS, body).map(
            "@{0[1]}\nasync def {0[0]}(*{0[1]}: {0[2]}) -> {0[1]}:\n{0[3]}".format
        ),
        st.tuples(names, EXPRESSIONS, body).map("class {0[0]}({0[1]}):\n{0[2]}".format),
        st.tuples(names, EXPRESSIONS, body).map("for {0[0]} in {0[1]}:\n{0[2]}".format),
        st.tuples(EXPRESSIONS, names, body).map("with {0[0]} as {0[1]}:\n{0[2]}".format),
        st.tuples(body, names, body).map("try:\n{0[0]}\nexcept E as {0[1]}:\n{0[2]}".format),
        st.tuples(names, names, names, body).map(
            "match {0[0]}:\n    case [{0[1]}, *{0[2]}]:\n        pass\n"
            "    case {{'k': E(x={0[1]}), **{0[2]}}} as e:\n        pass\n"
            "    case _:\n{0[3]}".format
        ),
    )


MODULES = st.lists(st.recursive(SIMPLE, _compound, max_leaves=8), min_size=1, max_size=5).map(
    "\n".join
)


@settings(max_examples=200, deadline=None)
@given(MODULES)
@example("a = 1\nclass b:\n    a = a\n    c = [a for a in a]\n    def d(): return a\n")
@example(
    "def a():\n    global b\n    b += 1\n    d = 0\n"
    "    def c():\n        nonlocal d\n        d = b\n"
)
@example("a = [(b := c) for c in (lambda b: b)]\n")
@example("def a(b=b, *c, d: c, **e) -> d:\n    return lambda c=c: (b, c, d, e)\n")
def test_every_name_in_every_scope_means_what_symtable_says(source: str) -> None:
    try:
        compile(source, "<test>", "exec", dont_inherit=True)
        tables = list(_tables(symtable.symtable(source, "<test>", "exec")))
    except SyntaxError:
        assume(False)
    for kind, line, meanings in _scopes(Names(ast.parse(source))):
        # Several lambdas may stand in one line.
        same = [table for table in tables if (table.get_name(), table.get_lineno()) == (kind, line)]
        assert any(_agrees(table, meanings) for table in same), (kind, line, meanings)


def test_a_class_body_that_reads_what_it_binds_may_read_a_global() -> None:
    found = Names(ast.parse("size = 1\nclass Box:\n    size = size\n"))
    assert [use.reads for use in found.uses("size")] == [False, True]


def test_an_augmented_assignment_reads_and_binds() -> None:
    found = Names(ast.parse("def count():\n    global n\n    n += 1\n"))
    assert sorted(use.reads for use in found.uses("n")) == [False, True]


def test_a_function_around_a_name_is_the_outermost_one() -> None:
    found = Names(ast.parse("def view():\n    return [lambda: db for _ in range(3)]\n"))
    (use,) = found.uses("db")
    function = use.scope.function()
    assert function is not None
    assert function.name == "view"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are new in Python 3.12")
def test_type_parameters_are_no_globals() -> None:
    found = Names(ast.parse("def first[T: Base](x: T) -> T: ...\nclass Box[T](Base2[T]): ...\n"))
    assert {use.name for use in found.uses() if use.reads} == {"Base", "Base2"}


def _scopes(found: Names) -> Iterator[tuple[str, int, set[tuple[str, str]]]]:
    by_scope: dict[Scope, set[tuple[str, str]]] = {}
    for use in found._uses:
        owner = found.owner(use)
        meaning = "global" if owner is found.module else "own" if owner is use.scope else "outer"
        by_scope.setdefault(use.scope, set()).add((use.name, meaning))
    for scope, meanings in by_scope.items():
        # PEP 709 inlines comprehensions, and symtable tells of the scope they are merged into.
        if scope.is_comprehension and sys.version_info >= (3, 12):
            continue
        kind = _KINDS.get(type(scope.node)) or str(getattr(scope.node, "name", "top"))
        yield kind, int(getattr(scope.node, "lineno", 0)), meanings


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def _agrees(table: symtable.SymbolTable, meanings: set[tuple[str, str]]) -> bool:
    known = set(table.get_identifiers())
    return all(
        name in known and _meaning(table, table.lookup(name)) == meaning
        for name, meaning in meanings
    )


def _meaning(table: symtable.SymbolTable, symbol: symtable.Symbol) -> str:
    if table.get_type() == "module" or symbol.is_global():
        return "global"
    return "outer" if symbol.is_free() else "own"
