"""Whole scripts, drawn by Hypothesis: a module, its views, a main block, and how it is laid out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from tests.migration.grammar import NAMES, OPTIONS, RAW, Grammar, indent

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = """\
import argparse
import os

from effects import effect
from flask import Flask

app = Flask(__name__)
items = []
table = {}
count = port = 0
model = None


def load():
    global model
    model = effect("load", len(items))


def grow(value):
    items.append(value)
    return len(items)


def forget():
    global count
    count += 1


def announce():
    print("soon")


def keep(thing):
    effect("keep", thing.__name__)
    return thing


def tagged(value):
    effect("tagged", value)
    return keep


def drive(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value


class Box:
    tag = "tag"


class Worker:
    def __init__(self, value=0):
        self.value = value
        effect("worker", value)

    def stop(self):
        effect("stop", self.value)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        effect("exit")

    def __repr__(self):
        return "a worker"
"""
SIMPLE = (
    'parser.add_argument("--size", type=int, default=3, help="how many")',
    'parser.add_argument(\n    "--label",\n)',
    'parser.add_argument("--loud", action="store_true")',
)
RICH = (
    'parser.add_argument("--size", type=int, default=3, choices=(3, 12))',
    'parser.add_argument("--label", nargs="*", type=str.upper)',
    'parser.add_argument("--loud", action="append_const", const=1)',
)
GIVEN = (("--size", "12"), ("--label", "it"), ("--loud",), ("--port", "81"))
RUNS = (
    "app.run()",
    "app.run(port=args.port)",
    "app.run(host=(a, b, c))",
    "app.run(\n    host=[a, b, d],  # where\n    port=port,\n)",
    "app.run('x', args.port, load_dotenv=False)  # at last",
)
GUARDS = (
    'if __name__ == "__main__":',
    "if (__name__ == '__main__'):  # start",
    'if "__main__" == __name__:',
    'if __name__ \\\n        == "__main__":',
)
VIEWS = (
    "return {value}",
    "global {name}\n{name} = ({name}, 1)\nreturn {name}",
    "return [{name} for x in (1, 2)], (lambda: {value})()",
    "def inner(x={name}):\n    return x, {value}\nreturn inner()",
    "count.real\nreturn f'{{{name}}} {{model!r}}'",
)


@dataclass(frozen=True)
class Layout:
    """How a script's bytes come about.

    Args:
        step: one step of indentation.
        newline: the line ends; '' mixes both kinds.
        head: what stands in front: a byte order mark, an interpreter, a cookie.
        ends: whether the last line has an end.
        encoding: the file's encoding.
    """

    step: str = "    "
    newline: str = "\n"
    head: str = ""
    ends: bool = True
    encoding: str = "utf-8"

    def content(self, text: str) -> bytes:
        """The bytes of a script that is indented by four spaces."""
        lines = [self._line(line) for line in f"{self.head}{text}".rstrip("\n").split("\n")]
        newlines = [self.newline or ("\r\n" if n % 3 == 0 else "\n") for n in range(len(lines))]
        if not self.ends:
            newlines[-1] = ""
        both = zip(lines, newlines, strict=True)
        return "".join(f"{line}{end}" for line, end in both).encode(self.encoding)

    def _line(self, line: str) -> str:
        if line.startswith(RAW):
            return line[len(RAW) :]
        found = re.match(r"(?:    )*", line)
        depth = len(found[0]) // 4 if found else 0
        return self.step * depth + line[4 * depth :]


LAYOUTS = (
    Layout(),
    Layout(),
    Layout(),
    Layout(step="\t", newline="\r\n"),
    Layout(step="  ", ends=False),
    Layout(head="#!/usr/bin/env python3\n# -*- coding: latin-1 -*-\n# \xe4\n", encoding="latin-1"),
    Layout(head='"""The \u20ac script."""\n', encoding="utf-8-sig"),
    Layout(newline="", step="   "),
    Layout(head="from __future__ import annotations\n", newline="\r\n"),
)


@dataclass(frozen=True)
class Program:
    """A script.

    Args:
        content: its bytes.
        arguments: its command line.
    """

    content: bytes
    arguments: tuple[str, ...]

    def __repr__(self) -> str:
        text = self.content.decode("latin-1").replace(HEAD, "...HEAD...\n")
        return f"python server.py {' '.join(self.arguments)}\n{text}"


@st.composite
def programs(draw: Callable[..., Any]) -> Program:
    """Scripts that run an app; many of them can be migrated."""
    parses = draw(st.booleans())
    grammar = Grammar(draw, OPTIONS if parses else ())
    layout: Layout = grammar.one(LAYOUTS)
    bound = [f"{name} = {number}" for number, name in enumerate(NAMES) if not grammar.chance(15)]
    inside = grammar.chance(15)
    views = "".join(_view(grammar, number) for number in range(grammar.one((1, 2, 3))))
    body = _parser(grammar) if parses else grammar.several(0, 1, 1)
    body += grammar.several(1, 6, 2)
    runs = [run for run in RUNS if parses or "args" not in run]
    body.append(grammar.one(tuple(runs)))
    body += _behind(grammar, body)
    if inside:
        # Names of a function's own, and none of the module's.
        body, bound = [*bound, *body], []
    text = _in_main(grammar, body) if inside else _at_module_level(grammar, body)
    if not parses:
        text = text.replace("args.loud", "count").replace("args.size", "count")
    arguments = [word for way in GIVEN if parses and grammar.chance(40) for word in way]
    return Program(
        layout.content(f"{HEAD}{chr(10).join(bound)}{views}\n\n{text}"), tuple(arguments)
    )


def _view(grammar: Grammar, number: int) -> str:
    lines = grammar.one(VIEWS).format(name=grammar.name(), value=grammar.value(1))
    kind = "async def" if grammar.chance(10) else "def"
    return f'\n\n@app.route("/{number}")\n{kind} view_{number}():\n{indent(lines)}\n'


def _parser(grammar: Grammar) -> list[str]:
    options = list(RICH if grammar.chance(15) else SIMPLE)
    default = grammar.one(("5000", "5000", "5000", "len(items)", "count"))
    options.insert(0, f'parser.add_argument("--port", type=int, default={default})')
    return ["parser = argparse.ArgumentParser()", *options, "args = parser.parse_args()"]


def _behind(grammar: Grammar, body: list[str]) -> list[str]:
    """Clean-up, or what looks like it."""
    made = any("worker = Worker" in statement for statement in body)
    first: Callable[[], str] = grammar.one(
        (
            lambda: "",
            lambda: "",
            lambda: "worker.stop()" if made else "effect('end', count)",
            lambda: "print('bye')",
            lambda: grammar.statement(1),
            lambda: "load()\nimport sys\nsys.exit(0)",
        )
    )
    second = grammar.one(("", "", "", "effect('end', a)", "a = None", "exit(0)"))
    return [text for text in (first(), second) if text]


def _at_module_level(grammar: Grammar, body: list[str]) -> str:
    """The statements in a main block, or without a guard."""
    if grammar.chance(8):
        return "\n".join(body) + "\n"
    return f"{grammar.one(GUARDS)}\n{indent(chr(10).join(body))}\n"


def _in_main(grammar: Grammar, body: list[str]) -> str:
    """The statements in a function that a main block calls."""
    names = "".join(f"    global {name}\n" for name in NAMES if grammar.chance(40))
    text = indent("\n".join(body))
    return f"def main():\n{names}{text}\n\n\n{grammar.one(GUARDS)}\n    main()\n"
