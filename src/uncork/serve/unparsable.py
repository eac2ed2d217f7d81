"""Why Python can't parse a source: what to say beyond python's own message. Pure."""

from __future__ import annotations

import re
import sys

from uncork.errors import Place, SourceError

_PYTHON_2 = re.compile(
    r"""
      ^\s*print\s+(?!=)[^(=\s]          # print "x"
    | ^\s*print\s*(>>|$)                # print >>file, x
    | ^\s*exec\s+[^(=\s]                # exec code
    | ^\s*except\s+[\w.()\[\], ]+,\s*\w+\s*:  # except Error, e:
    | ^\s*raise\s+[\w.]+\s*,            # raise Error, "message"
    | <>                                # a <> b
    | `[^`]+`                           # `value`
    | (?<![\w.])0[0-7]+(?![\w.])        # 0777
    | (?<!\w)\d+[lL](?!\w)              # 10L
    | (?<!\w)[uU][rR]["']               # ur"text"
    | ^\s*def\s+\w+\(([^()=]*,)?\s*\(   # def f(a, (b, c)):
    | \blambda\s*\(                      # lambda (a, b): a
    """,
    re.VERBOSE,
)
"""Statements that Python 3 refuses, each the line that a syntax error names:
https://docs.python.org/3/whatsnew/3.0.html."""


_STRING = re.compile(r"(['\"]).*?\1")


def explained(error: SyntaxError, shown: str) -> SourceError | None:
    """What to say behind python's message; None, that message says it all.

    Args:
        error: what compiling raised.
        shown: the file's path as the user would type it.
    """
    line = _STRING.sub(r"\1\1", error.text or "")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if isinstance(error, TabError):
        return SourceError(
            f"tabs and spaces are mixed as only Python 2 allows, and this is Python {version}",
            hint=f"python3 -m tabnanny {shown} names the lines",
            place=Place(shown, error.lineno),
        )
    if _PYTHON_2.search(line):
        return SourceError(
            f"this is Python 2 source, and the app's Python is {version}",
            hint=f"2to3 -w {shown} converts most of it; 2to3 comes with Python up to 3.12",
            place=Place(shown, error.lineno),
        )
    if "can't decode" in (error.msg or ""):
        return SourceError(
            "this is not UTF-8 text, and it declares no other encoding",
            hint="save it as UTF-8, or begin it with a line such as # -*- coding: latin-1 -*-",
            place=Place(shown),
        )
    return None
