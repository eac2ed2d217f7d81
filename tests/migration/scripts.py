"""Scripts at random: the statements that people write into main blocks, in every order."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD = """\
import argparse
import math
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


class Worker:
    def __init__(self, value):
        self.value = value
        effect("worker", value)

    def stop(self):
        effect("stop", self.value)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        effect("exit")

    def __repr__(self):
        return f"Worker({self.value!r})"

"""
VIEW = """

@app.route("/{number}")
def view_{number}():
    return {expression}
"""

PARSER = """\
parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=5000)
parser.add_argument("--size", type=int, default=3, help="how many")
parser.add_argument(
    "--label",
)
parser.add_argument("--loud", action="store_true")
args = parser.parse_args()"""

NAMES = ("a", "b", "c")
READ = (*NAMES, *NAMES, "count", "model", "math", "len(items)", "table.get('k')")
LITERALS = ("0", "1", "7", "'x'", "None", "()", "'it is'")
OPTIONS = ("args.size", "args.label", "args.loud", "args.port")
WHOLE = (
    "load()",
    "forget()",
    "announce()",
    "import math",
    "from math import pi as a",
    "print('soon')",
    "if args.loud: print('LOUD')",
    "app.config['SIZE'] = args.size",
    "app.config.update(LABEL=args.label)",
    "# a remark\npass",
    '"""a string\n  over lines"""',
    "global d, e",
    "port = args.port",
    "port = int(os.environ.get('PORT', 8000))",
    "os.environ['PORT'] = '9000'",
    "count = 5",
    "model = None",
    "del c",
    "items = []",
)
BEHIND = ("worker.stop()", "print('bye')", "load()", "effect('end', count)", "exit(0)", "a = None")
RUNS = (
    "app.run()",
    "app.run(port=args.port)",
    "app.run(host=(a, b, c))",
    "app.run(host=[a, b, c], port=port)",
)


@dataclass(frozen=True)
class Script:
    """A script, and the options that it is given.

    Args:
        head: the module in front of its main block.
        body: the main block's statements.
        arguments: for the command line.
    """

    head: str
    body: tuple[str, ...]
    arguments: tuple[str, ...]

    @property
    def text(self) -> str:
        """The source."""
        return f'{self.head}\n\nif __name__ == "__main__":\n{_block(self.body)}\n'


def _block(statements: Sequence[str]) -> str:
    return textwrap.indent("\n".join(statements), "    ")


def script(seed: int) -> Script:
    """The script of a seed."""
    return _Writer(Random(seed)).script()  # noqa: S311 - no secret


class _Writer:
    def __init__(self, random: Random) -> None:
        self._random = random

    def script(self) -> Script:
        bound = [f"{name} = 0\n" for name in NAMES if self._random.random() < 0.85]
        views = "".join(
            VIEW.format(number=number, expression=self.expression(1))
            for number in range(self._random.randint(1, 3))
        )
        early = [s for s in self._statements(0, 1) if "args" not in s]
        between = self._statements(1, 7)
        ends = BEHIND[0 if any("worker =" in s for s in between) else 1 :]
        behind = [self._choice(ends) for _ in range(self._random.choice((0, 0, 1, 2)))]
        # The parser in one piece, as a statement may not be cut in two.
        default = self._choice(("5000", "5000", "len(items)", "count"))
        parser = PARSER.replace("default=5000", f"default={default}")
        body = [*early, parser, *between, self._choice(RUNS), *behind]
        return Script(HEAD + "".join(bound) + views, tuple(body), self._arguments())

    def expression(self, depth: int = 2) -> str:
        """An expression, that may call, read options, bind by walrus, or open scopes."""
        if depth == 0 or self._random.random() < 0.4:
            return self._choice((*READ, *READ, *LITERALS, *OPTIONS))
        inner, other = self.expression(depth - 1), self.expression(depth - 1)
        forms = (
            f"grow({inner})",
            f"effect({inner})",
            f"str({inner})",
            f"[x for x in (1, {inner})]",
            f"(lambda: {inner})()",
            f"({self._choice(NAMES)} := {inner})",
            f"({inner}, {other})",
            f"({inner} if {other} else 0)",
            self._f_string(inner),
        )
        return self._choice(forms)

    def _f_string(self, inner: str) -> str:
        quote = next((q for q in ("'", '"') if q not in inner), "")
        return f"f{quote}<{{{inner}!s:>4}}>{quote}" if quote else inner

    def _statements(self, least: int, most: int, depth: int = 1) -> list[str]:
        return [self._statement(depth) for _ in range(self._random.randint(least, most))]

    def _statement(self, depth: int) -> str:
        if depth and self._random.random() < 0.25:
            return self._compound(depth - 1)
        name, value = self._choice(NAMES), self.expression()
        forms = (
            *WHOLE,
            f"{name} = {value}",
            f"{name} = {value}",
            f"{name} = {self._choice(READ)}",
            f"{name} = {self._choice(LITERALS)}",
            f"{name}: object = {value}",
            f"{name}, {self._choice(NAMES)} = 1, {value}",
            f"{name} = {name}, {value}",
            f"count += 1 if {value} else 2",
            f"effect({value})",
            f"effect({self._choice(READ)})",
            f"print({value})",
            f"items.append({value})",
            f"table['k'] = {value}",
            f"app.config['OWN'] = {value}",
            f"worker = Worker({value})",
            f"{name} = {self._choice(('len(items)', 'count', 'str(args.size)'))}",
            f"grow({self._choice(READ)})",
            "forget()",
            f"import math as {name}",
            f"if args.loud: {name} = {self._choice(LITERALS)}",
        )
        return self._choice(forms)

    def _compound(self, depth: int) -> str:
        name, value = self._choice(NAMES), self.expression()
        body, other = (_block(self._statements(1, 2, depth)) for _ in range(2))
        forms = (
            f"if {value}:\n{body}",
            f"if {value}:\n{body}\nelse:\n{other}",
            f"for {name} in (1, 2):\n{body}",
            f"with Worker(5) as {name}:\n{body}",
            f"try:\n{body}\nexcept TypeError as {name}:\n    effect('caught')",
            f"def {name}(x=1):\n{body}\n    return x",
            f"def helper():\n    global {name}\n{body}\nhelper()",
            f"class {name}:\n{body}",
            f"class Box:\n    {name} = {name}\neffect(Box.{name})",
            f"{name} = {value}\ndef show():\n    return {name}\neffect(show())",
            "for n in (1, 2): pass\ndef bump():\n    global n\n    n += 1\nbump()\neffect(n)",
            f"match {value}:\n    case [{name}, *_]:\n{_block([body])}\n    case _: pass",
            f"if args.loud and {name}:\n{body}\n    import sys\n    sys.exit()",
        )
        return self._choice(forms)

    def _arguments(self) -> tuple[str, ...]:
        ways = (("--size", "12"), ("--label", "it"), ("--loud",), ("--port", "81"))
        chosen = [way for way in ways if self._random.random() < 0.5]
        return tuple(argument for way in chosen for argument in way)

    def _choice(self, options: Sequence[str]) -> str:
        return self._random.choice(options)
