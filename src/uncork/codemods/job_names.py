"""Text that names a function of the script, ``"__main__:job"``, names it by the module's own name.

Why: APScheduler and others import what such text names. Under a WSGI server ``__main__`` is
the server (https://docs.python.org/3/library/__main__.html), and the job is never found.

What changes: ``"__main__:job"`` becomes ``f"{__name__}:job"``, which is right in both cases.

When it declines: jobs are kept in a store that outlives the process, which holds the old
name; the text is part of a longer one, or stands in another module; ``__main__`` is named
or imported in any other way.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork.analysis.removed import job_of_main
from uncork.codemods.base import Rewrite
from uncork.source.edit import Edit
from uncork.source.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uncork.analysis.facts import Facts
    from uncork.codemods.base import MigrationOptions

ORDER = 8


def rewrite(facts: Facts, options: MigrationOptions) -> Rewrite:  # noqa: ARG001 - a codemod's signature
    """Put the module's own name into such text."""
    if _keeps_jobs(facts):
        return Rewrite()
    return Rewrite(tuple(_edits(facts)))


def _edits(facts: Facts) -> Iterator[Edit]:
    fixed = {
        inner
        for node in facts.file.nodes
        if isinstance(node, ast.JoinedStr | ast.Compare | ast.MatchValue | ast.MatchMapping)
        for inner in walk(node)
    }
    for node in facts.file.nodes:
        match node:
            case ast.Constant(value=str(text)) if (job := job_of_main(text)) and node not in fixed:
                span = facts.file.span(node)
                for quote in ("'", '"'):
                    if facts.file.slice(span) == f"{quote}{text}{quote}":
                        yield Edit(span, f"f{quote}{{__name__}}:{job}{quote}")
            case _:
                pass


def _keeps_jobs(facts: Facts) -> bool:
    """Whether jobs outlive the process, by the names of APScheduler's stores."""
    for source in facts.sources:
        for node in source.nodes:
            name = (
                getattr(node, "id", "")
                or getattr(node, "attr", "")
                or getattr(node, "name", "")
                or getattr(node, "arg", "")
            )
            text = str(getattr(node, "value", "")) if isinstance(node, ast.Constant) else ""
            words = f"{name or ''} {text}".lower()
            if "jobstore" in words and "memoryjobstore" not in words:
                return True
    return False
