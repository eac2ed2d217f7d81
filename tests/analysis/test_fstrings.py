"""What stands between the braces of f-strings, on every Python."""

from __future__ import annotations

import pytest

from uncork.source.fstrings import attribute_pattern, find_in_braces

PATTERN = attribute_pattern("args", "x")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("f'{args.x}'", 1),
        ("f'args.x {args.x} {{args.x}}'", 1),
        ("'args.x' f'{args.x}' \"{args.x}\"", 1),
        ("f'{my.args.x} {args.xy} {args.x.y} {_args.x}'", 1),
        ("f'{args.x!r:>{args.x}} {args.x=}'", 3),
        ("f'{a[\"args.x\"]} {args.x}'", 1),
        ("f'{ {1: args.x}[1] :{w}}'", 1),
        ('f"""{f\'{args.x}\'} {args.x} args.x"""', 2),
        ("rf'\\{args.x}\\d {args.x}'", 2),
        ("f'\\N{BULLET}{args.x}\\'{args.x}'", 2),
        ("(f'{args.x}'  # f'{args.x}'\n  f'{args.x}')", 2),
        ("f'{(lambda args: 1)(args.x)} {args.x if args.x else\"args.x\"}'", 3),
        ("u'args.x' b'args.x'", 0),
    ],
)
def test_every_expression_is_found_and_no_text(text: str, count: int) -> None:
    found = find_in_braces(text, PATTERN)
    assert len(found) == count
    assert {text[match.start : match.end] for match in found} <= {"args.x"}


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("f'{args.x}'", '"'),
        ('f"{args.x}"', "'"),
        ("f'''{args.x}'''", '"'),
        ("f'''{f\"{args.x}\"}'''", "'"),
        ("f\"{f'{args.x}'}\"", None),
        ("f\"\"\"{f'''{args.x}'''}\"\"\"", '"'),
    ],
)
def test_a_quote_is_one_that_python_3_11_takes_there(text: str, quote: str | None) -> None:
    (match,) = find_in_braces(text, PATTERN)
    assert match.quote() == quote
    if quote:
        compile(f"{text[: match.start]}d[{quote}X{quote}]{text[match.end :]}", "<test>", "eval")
