"""Statements and expressions as people write them, drawn by Hypothesis.

What is drawn may fail when it runs (a name is not bound yet): then the original fails
as well, and there is little to compare. So most forms can't.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NAMES = ("a", "b", "c", "d")
LITERALS = ("0", "7", "''", "'it is'", "None", "()", '"say"', "-1.5")
READS = (*NAMES, *NAMES, *NAMES, "count", "model", "len(items)", "table.get('k')", "Box.tag")
OPTIONS = ("args.size", "args.label", "args.loud", "args.port", "str(args.size)")
RAW = "\0"
"""In front of a line that keeps its column: in a string over lines, or a stray comment."""


@cache
def _sampled(options: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.sampled_from(options)


class Grammar:
    """Writes source text.

    Args:
        draw: Hypothesis' own.
        options: the expressions that read options; none where there is no parser.
    """

    def __init__(self, draw: Callable[..., Any], options: Sequence[str] = ()) -> None:
        self._draw = draw
        self._options = tuple(options)
        self._number = 0

    def one(self, options: tuple[Any, ...]) -> Any:
        """One of several, the first one being the simplest."""
        return self._draw(_sampled(options))

    def chance(self, percent: int) -> bool:
        """Whether something happens that does so seldom."""
        return int(self.one(tuple(range(100)))) >= 100 - percent

    def name(self) -> str:
        """One of the names that everything is about."""
        return str(self.one(NAMES))

    def several(self, least: int, most: int, depth: int) -> list[str]:
        """A few statements."""
        count = self.one(tuple(range(least, most + 1)))
        return [self.statement(depth) for _ in range(count)]

    def block(self, depth: int) -> str:
        """An indented block."""
        return indent("\n".join(self.several(1, 2, depth)))

    # --- expressions ------------------------------------------------------------------------

    def value(self, depth: int = 2) -> str:
        """An expression; some bind names, open scopes, or have effects."""
        if depth == 0:
            return self._atom()
        form: Callable[[int], str] = self.one(
            (
                self._atom,
                self._atom,
                lambda d: f"effect({self.value(d)})",
                lambda d: f"grow({self.value(d)})",
                lambda d: f"({self.value(d)}, {self.value(d)})",
                lambda d: f"({self.value(d)} if {self.value(d)} else {self.value(0)})",
                lambda d: f"({self.name()} := {self.value(d)})",
                lambda d: f"str({self.value(d)})",
                self._f_string,
                self._lambda,
                self._comprehension,
                lambda d: f"({self.value(d)} or {self.value(d)})",
                lambda d: f"[*({self.value(d)},), {self.value(0)}][0]",
                lambda d: f"{{'k': {self.value(d)}}}['k']",
                lambda d: f"effect(\n    {self.value(d)},  # inside\n{RAW}# astray\n)",
            )
        )
        return form(depth - 1)

    def _atom(self, _depth: int = 0) -> str:
        return str(self.one((*LITERALS, *READS, *self._options)))

    def _f_string(self, depth: int) -> str:
        inner = self.value(depth)
        quote = next((q for q in ("'", '"', "'''", '"""') if q[0] not in inner), "")
        plain = "\\" not in inner and "#" not in inner and "\n" not in inner
        return f"f{quote}<{{ {inner}!s:>4}}>{quote}" if quote and plain else inner

    def _lambda(self, depth: int) -> str:
        name, inner = self.name(), self.value(depth)
        forms = (
            f"(lambda: {inner})()",
            f"(lambda {name}={self.name()}: ({name}, {self.name()}))()",
            f"(lambda *{name}, k={inner}: ({name}, k))(1)",
        )
        return str(self.one(forms))

    def _comprehension(self, depth: int) -> str:
        name, other, inner = self.name(), self.name(), self.value(depth)
        forms = (
            f"[{name} for {name} in (1, {other})]",
            f"[({name}, x) for x in (1, 2)]",
            f"[x for x in (1, 2) if ({name} := x)]",
            f"sorted({{str({name}) for {name} in ({other}, 2)}})",
            f"{{x: {name} for x in 'ab' for {name} in (x,)}}",
            f"list((lambda: {name})() for x in (0,))",
            f"[y for x in ({inner},) for y in (x, {name})]",
        )
        return str(self.one(forms))

    # --- statements -------------------------------------------------------------------------

    def statement(self, depth: int) -> str:
        """A statement, with the layout that people give it."""
        if depth and self.chance(35):
            return self._dressed(self._compound(depth - 1))
        text = self._simple()
        if self.chance(5):
            return self._dressed(f"{text}; {self._simple()}" if "\n" not in text else text)
        return self._dressed(text)

    def _dressed(self, text: str) -> str:
        """With comments and blank lines around it."""
        self._number += 1
        number = self._number
        if self.chance(70):
            return text
        forms = (
            f"# remark {number}\n{text}",
            f"\n{text}",
            text if "\n" in text else f"{text}  # behind {number}",
            f"# one {number}\n\n# two {number}\n{text}",
            f"{RAW}# astray {number}\n{text}",
            f"{text}\n# below {number}",
            f"{text}\n        # too deep {number}\n",
        )
        return str(self.one(forms))

    def _simple(self) -> str:
        name, other = self.name(), self.name()
        form: Callable[[], str] = self.one(
            (
                lambda: f"{name} = {self.value()}",
                lambda: f"{name} = {self.value(0)}",
                lambda: f"effect({self.value()})",
                lambda: f"{name}, {other} = {self.value()}, {self.value(0)}",
                lambda: f"{name}, *{other} = 1, {self.value()}",
                lambda: f"[{name}, ({other}, e)] = 1, (2, {self.value(0)})",
                lambda: f"{name} = {other} = {self.value()}",
                lambda: f"count += 1 if {self.value()} else 2",
                lambda: f"items += [{self.value()}]",
                lambda: f"items.append({self.value()})",
                lambda: f"table['k'] = {self.value()}",
                lambda: f"table[{name} := 'k'] = {other}",
                lambda: f"Box.tag = {self.value()}",
                lambda: f"{name} = 1\ndel {name}",
                lambda: f"del {name}",
                lambda: f"global {name}, e",
                lambda: f"app.config['OWN'] = {self.value()}",
                lambda: f"app.config.update(OWN={self.value(0)})",
                lambda: f"print({self.value()})",
                lambda: "load()",
                lambda: "forget()",
                lambda: f"import math as {name}",
                lambda: "import math, os.path as where",
                lambda: f"from math import (\n    pi as {name},  # three\n    e,\n)",
                lambda: f"{name} = 1, \\\n    {self.value(0)}",
                lambda: f"{name} = '''one\n{RAW}two\n  three'''",
                lambda: f'effect(f"""{{{name}}}\n{RAW}  {{{other}!r}}""")',
                lambda: f"assert {self.value()} or True, \\\n    'never'",
                lambda: f"worker = Worker({self.value()})",
                lambda: self.one(("pass", "...", '"""text\n  over lines"""', "announce()")),
                self._unusual,
            )
        )
        return form()

    def _unusual(self) -> str:
        name = self.name()
        forms = (
            f"exec('{name} = 5')",
            f"globals()['{name}'] = 6",
            f"effect(eval('{name}'))",
            f"locals().update({name}=7)",
            f"effect(sorted(vars())[:0], {name})",
            f"import sys\nsetattr(sys.modules[__name__], '{name}', 8)",
            "from math import *",
            "if args.loud: print('LOUD')",
            f"if args.loud: {name} = 9; b = 10",
            f"{name}: object = {self.value()}",
            f"{name}: effect('hint')",
            f"Box.tag: effect('hint') = {self.value(0)}",
            "if args.size > 99:\n    import sys\n    sys.exit('too many')",
        )
        return str(self.one(forms))

    def _compound(self, depth: int) -> str:
        name, other = self.name(), self.name()
        form: Callable[[], str] = self.one(
            (
                lambda: f"if {self.value()}:\n{self.block(depth)}",
                lambda: (
                    f"if {self.value()}:\n{self.block(depth)}\n"
                    f"elif {self.value(1)}:\n{self.block(depth)}\nelse:\n{self.block(depth)}"
                ),
                lambda: f"for {name} in (1, {other}):\n{self.block(depth)}",
                lambda: f"for {name}, {other} in [(1, 2)]:\n{self.block(depth)}\nelse:\n    load()",
                lambda: f"while count < 3:\n    count += 1\n{self.block(depth)}",
                lambda: f"with Worker(5) as {name}, Worker({other}):\n{self.block(depth)}",
                lambda: f"with Worker({self.value(1)}):\n{self.block(depth)}",
                lambda: (
                    f"try:\n{self.block(depth)}\n    raise KeyError\n"
                    f"except KeyError as {name}:\n    effect('caught')\n"
                    f"finally:\n{self.block(depth)}"
                ),
                lambda: f"try:\n{self.block(depth)}\nexcept NameError:\n    {name} = 'unbound'",
                lambda: self._match(name, other, depth),
                lambda: self._function(name, other, depth),
                lambda: self._function(name, other, depth),
                lambda: self._class(name, other, depth),
            )
        )
        return form()

    def _match(self, name: str, other: str, depth: int) -> str:
        pattern = self.one(
            (
                f"[{name}, *{other}]" if name != other else f"[{name}, *_]",
                f"{{'k': {name}, **rest}}",
                f"str() as {name}",
                f"int({name}) | float({name})",
                f"{name} if {name} is not None",
                f"(1, {name}) as e",
            )
        )
        cases = f"    case {pattern}:\n{indent(self.block(depth))}\n    case _:\n        pass"
        return f"match {self.value()}:\n{cases}"

    def _function(self, name: str, other: str, depth: int) -> str:
        body = self.block(depth)
        form: Callable[[], str] = self.one(
            (
                lambda: f"def {name}(x={other}):\n{body}\n    return x, {self.value(0)}",
                lambda: f"def show():\n    return {name}, {other}\neffect(show())",
                lambda: f"def put():\n    global {name}\n    {name} = {self.value()}\nput()",
                lambda: (
                    f"def outer():\n    {name} = {self.value(1)}\n    def inner():\n"
                    f"        nonlocal {name}\n        {name} = {other}, 1\n        return {name}\n"
                    f"    return inner(), {name}\neffect(outer())"
                ),
                lambda: f"@keep\n@tagged({self.value(1)})\ndef {name}():\n    return {other}",
                lambda: f"async def {name}(x={self.value(1)}):\n    return x, {other}",
                lambda: f"async def later():\n    return {name}\neffect(drive(later()))",
                lambda: f"def {name}(x: '{other}' = 1) -> effect('hint'):\n    yield {other}",
                lambda: f"@app.route('/{self._number}')\ndef view_{name}():\n    return {name}",
                lambda: f"def once():\n{body}\nonce()",
                lambda: f"f = lambda {name}={other}: ({name}, {self.value(1)})\neffect(f())",
            )
        )
        return form()

    def _class(self, name: str, other: str, depth: int) -> str:
        body = self.block(depth)
        form: Callable[[], str] = self.one(
            (
                lambda: f"class {name}:\n{body}\n    def get(self):\n        return {other}",
                lambda: f"class Own:\n    {name} = {name}\neffect(Own.{name})",
                lambda: f"@keep\nclass {name}(Worker):\n    x: int = {self.value(0)}",
                lambda: (
                    f"class Outer:\n    {name} = 1\n    class Inner:\n        x = {name}, {other}\n"
                    f"    y = [{name} for _ in (1,)]\neffect(Outer.Inner.x, Outer.y)"
                ),
                lambda: f"class Own:\n    global {name}\n    {name} = {self.value(1)}",
            )
        )
        return form()


def indent(text: str) -> str:
    """The text one step deeper, but for lines that keep their column."""
    return "\n".join(
        line if not line or line.startswith(RAW) else f"    {line}" for line in text.split("\n")
    )
