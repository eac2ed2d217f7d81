"""A source file: spans fall on the bytes that `ast` means, and edits touch no others."""

from __future__ import annotations

import ast
import codecs
import itertools
from contextlib import suppress
from pathlib import PurePosixPath

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from uncork.errors import InvariantError, SourceError
from uncork.source.edit import Edit, Span, apply_edits
from uncork.source.file import SourceFile

NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])
# Letters of one to four UTF-8 bytes, and one that Python normalises (NFKC).
NAMES = st.sampled_from(["a", "args", "naïve", "имя", "名前", "ﬁx", "𓀀", "𐐨x"])
# A lone surrogate cannot stand in a file; quotes and backslashes would need escapes.
TEXT = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="'\"\\{}"), max_size=8
)


def source(content: bytes) -> SourceFile:
    return SourceFile(PurePosixPath("server.py"), content)


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """An expression, perhaps over several lines, that names and quotes all kinds of letters."""
    x, y, text = draw(NAMES), draw(NAMES), draw(TEXT)
    forms = [
        f"{x}.{y}",
        f"'{text}'",
        f"{x}('{text}', {y}=[{y}, *{x}])",
        f"f'{text}{{{x}.{y}}}{text}{{{y}!r:>{{{x}}}}}'",
        f"('{text}'\n    f'{{{x}.{y}}}' # {text}\n  '{text}')",
        f"f'''{text}\n  {{{x}.{y}}}{text}\n{{{y}}}'''",
        f"{{'{text}': {x}, **{y}}}[{x}:{y}]",
        f"[{x} for {x} in {y} if {x} not in ('{text}',)]",
        f"lambda {x}, *, k='{text}': ({y} := {x})",
        f"'''{text}\n\t{text}''' + \\\n  {x}",
        f"{x} if not {y} else -{x} ** {y}",
    ]
    return draw(st.sampled_from(forms))


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program of simple and compound statements, with every white space that Python allows."""
    lines = []
    for value in draw(st.lists(expressions(), min_size=1, max_size=5)):
        name, text = draw(NAMES), draw(TEXT)
        lines.append(
            draw(
                st.sampled_from(
                    [
                        f"{name} = {value}\n",
                        f"# {text}\n\f{name} = {value}  # {text}\n",
                        f"if {name}:\n\t{name} = {value}; {name}\n",
                        f"def {name}({name}=1):\n  '''{text}\n  '''\n  return {value}\n\n",
                        f"@{name}('{text}')\nclass {name}:\n    {name}: int = {value}\n",
                        f"with {name} as {name}:\n        # {text}\n        {value}\n",
                    ]
                )
            )
        )
    program = "".join(lines)
    return program if draw(st.booleans()) else program.rstrip("\n")


def without_context(node: ast.AST) -> str:
    """A tree as text, without places and without whether a name is read or bound."""
    for inner in ast.walk(node):
        if hasattr(inner, "ctx"):
            inner.ctx = ast.Load()
    return ast.dump(node)


def parts_of_fstrings(tree: ast.Module) -> set[ast.AST]:
    """The pieces of f-strings that are no expressions: they have no text of their own."""
    pieces: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pieces.update(node.values)
            specs = [value.format_spec for value in node.values if hasattr(value, "format_spec")]
            pieces.update(spec for spec in specs if spec is not None)
    return pieces


@given(program=programs(), newline=NEWLINES, mark=st.booleans())
@settings(max_examples=300, deadline=None)
def test_the_span_of_an_expression_is_its_own_text(program: str, newline: str, mark: bool) -> None:
    content = program.replace("\n", newline).encode()
    file = source(codecs.BOM_UTF8 + content if mark else content)
    pieces = parts_of_fstrings(file.tree)
    seen = 0
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.expr) or isinstance(node, ast.Starred | ast.Slice):
            continue
        if node not in pieces:
            text = file.slice(file.span(node))
            # Parentheses, because a part of an expression may go on in the next line.
            again = ast.parse(f"({text}\n)", mode="eval").body
            assert without_context(again) == without_context(node)
            seen += 1
    assert seen


@given(program=programs(), newline=NEWLINES)
@settings(max_examples=200, deadline=None)
def test_the_lines_of_a_statement_are_that_statement(program: str, newline: str) -> None:
    file = source(program.replace("\n", newline).encode())
    for statement in file.tree.body:
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
        assert statement.end_lineno is not None
        text = file.slice(file.line_span(first, statement.end_lineno))
        assert ast.dump(ast.parse(text)) == ast.dump(ast.Module([statement], type_ignores=[]))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize(
    "text",
    [
        'x = f"{args.a} and {args.a}"',
        'x = f"é {args.a} 𓀀 {args.b}"',
        'x = ("é"\n  f"one {args.a}" "{no}"\n  f"two {args.b}")',
        'x = f"""é\n  {args.a}\n 𓀀 {args.b} {args.b}"""',
        'x = f"{args.a!r:>{args.w}.{args.p}}"',
        'x = f"{args.a=}{ args.b }"',
        "x = f'''\n{f\"é{args.a}\"} {args.b}'''",
        'x = f"""{\n  args.a}  {args.b}"""',
        'x = f"\\N{BULLET} {args.a}{{args.no}}"',
        'x = rf"\\d{args.a}\\\né{args.b}"',
    ],
)
def test_an_attribute_within_an_f_string_is_found(text: str, newline: str) -> None:
    """Options stand in f-strings often, and Python before 3.12 parses those apart."""
    file = source(text.replace("\n", newline).encode())
    attributes = [node for node in ast.walk(file.tree) if isinstance(node, ast.Attribute)]
    assert attributes
    for node in attributes:
        assert file.slice(file.span(node)) == ast.unparse(node)


@given(content=st.binary(max_size=60))
@example(content=b"\xef\xbb\xbf# coding: latin-1\n")
@example(content=b"# coding: hex\nx")
@example(content=b"# coding: idna\n\xff")
@example(content=b"# coding: undefined\nx")
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_a_file_or_a_source_error(content: bytes) -> None:
    file = source(content)
    with suppress(SourceError):
        _ = file.tree
        assert file.edited([]).content == content


ENCODINGS = ["utf-8", "latin-1", "cp1252", "iso-8859-15", "koi8-r", "cp932", "euc-jp", "gb18030"]


@given(
    encoding=st.sampled_from(ENCODINGS),
    text=st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20),
    newline=NEWLINES,
    first=st.sampled_from(["", "#!/usr/bin/env python3\n"]),
)
@settings(max_examples=300, deadline=None)
def test_an_edit_leaves_every_other_byte_alone_in_any_encoding(
    encoding: str, text: str, newline: str, first: str
) -> None:
    comment = "# " + " ".join(text.split())
    program = f"{first}# -*- coding: {encoding} -*-\n{comment}\nx = 1\n{comment}"
    try:
        content = program.replace("\n", newline).encode(encoding)
    except UnicodeEncodeError:
        assume(False)
    assume(len(content.decode(encoding).splitlines()) == program.count("\n") + 1)
    file = source(content)
    number = next(node for node in ast.walk(file.tree) if isinstance(node, ast.Constant))

    edited = file.edited([Edit(file.span(number), "[\n2]")])

    assert edited.content == content.replace(b"x = 1", f"x = [{newline}2]".encode())
    assert file.edited([]).content == content


@given(program=programs(), newline=NEWLINES, mark=st.booleans())
@settings(max_examples=100, deadline=None)
def test_replacing_a_span_by_its_own_text_changes_nothing(
    program: str, newline: str, mark: bool
) -> None:
    content = program.replace("\n", newline).encode()
    file = source(codecs.BOM_UTF8 + content if mark else content)
    edits = [
        Edit(file.span(statement), file.slice(file.span(statement))) for statement in file.tree.body
    ]

    assert file.edited(edits).content == file.content


def test_new_lines_take_the_file_s_line_end() -> None:
    file = source(b"a = 1\r\nb = 2\r\n")

    edited = file.edited([Edit(Span(0, 0), "import os\n\n")])

    assert edited.content == b"import os\r\n\r\na = 1\r\nb = 2\r\n"


def test_text_that_was_taken_from_the_file_keeps_its_line_ends() -> None:
    file = source(b"if a:\r\n    b = '''x\r\ny'''\r\n")
    taken = file.slice(file.line_span(2, 3))

    edited = file.edited([Edit(Span(0, 0), taken)])

    assert edited.content == b"    b = '''x\r\ny'''\r\n" + file.content


@pytest.mark.parametrize(
    "cookie", [b"# coding: latin-1\r", b"#!/usr/bin/python\r# coding: latin-1\r"]
)
def test_a_file_with_carriage_returns_alone_has_a_cookie_too(cookie: bytes) -> None:
    assert source(cookie + b"x = '\xe9'\r").encoding == "iso-8859-1"


def test_a_cookie_in_a_later_line_is_none() -> None:
    content = b"import os\rx = 1\r# coding: latin-1\r"
    assert source(content).encoding == "utf-8"


def test_an_encoding_with_several_spellings_of_a_letter_is_not_rewritten() -> None:
    """Else bytes would change that no edit touches."""
    content = b"# coding: cp932\n# \xfa\x54\nx = 1\n"
    assert content.decode("cp932").encode("cp932") != content
    file = source(content)

    with pytest.raises(SourceError, match="cp932"):
        file.edited([Edit(Span(len(file.utf8), len(file.utf8)), "y = 2\n")])


def test_a_letter_that_the_encoding_lacks_is_an_error() -> None:
    with pytest.raises(SourceError, match="can't express '€'"):
        source(b"# coding: latin-1\n").edited([Edit(Span(0, 0), "# €\n")])


def test_nesting_that_python_cannot_parse_is_a_source_error() -> None:
    with pytest.raises(SourceError):
        _ = source(b"x = " + b"-" * 200_000 + b"1\n").tree


SPANS = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda ends: Span(*sorted(ends)))


@given(
    text=st.binary(min_size=12, max_size=12),
    edits=st.lists(st.builds(Edit, SPANS, st.text(max_size=3))),
)
def test_edits_apply_in_any_order_or_are_refused(text: bytes, edits: list[Edit]) -> None:
    try:
        result = apply_edits(text, edits)
    except InvariantError:
        ordered = sorted(edits, key=lambda edit: edit.span)
        assert any(one.span.start < two.span.end for two, one in itertools.pairwise(ordered))
        return
    removed = sum(edit.span.end - edit.span.start for edit in edits)
    added = sum(len(edit.replacement.encode()) for edit in edits)
    assert len(result) == len(text) - removed + added
    if len({edit.span for edit in edits}) == len(edits):
        assert apply_edits(text, reversed(edits)) == result


def test_insertions_at_one_place_keep_their_order() -> None:
    edits = [Edit(Span(1, 1), "x"), Edit(Span(1, 1), "y"), Edit(Span(1, 2), "z")]

    assert apply_edits(b"abc", edits) == b"axyzc"
