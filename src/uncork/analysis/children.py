"""Child processes that an app starts by multiprocessing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork.analysis.syntax import full_name, imports_of

if TYPE_CHECKING:
    from uncork.analysis.facts import Facts

_MAKERS = {"Pool", "Process"}
_LIBRARIES = {"multiprocess", "multiprocessing", "torch"}


def starts_children(facts: Facts) -> bool:
    """Whether the app makes processes that are ended by SIGTERM.

    Both ``Process.terminate()`` and multiprocessing itself end them so, the latter those
    that are daemons, when the process that started them ends
    (multiprocessing.util._exit_function).
    """
    for source in facts.sources:
        imports = imports_of(source.tree)
        heads = {name.partition(".")[0] for name in imports.values()}
        if not heads & {"multiprocess", "multiprocessing"} and "torch.multiprocessing" not in (
            imports.values()
        ):
            continue
        for node in source.nodes:
            made = [node.func] if isinstance(node, ast.Call) else []
            made += node.bases if isinstance(node, ast.ClassDef) else []
            if any(_is_maker(full_name(expression, imports), heads) for expression in made):
                return True
    return False


def _is_maker(name: str, heads: set[str]) -> bool:
    head, _, rest = name.partition(".")
    if rest.rpartition(".")[2] not in _MAKERS:
        return False
    # Of an object that get_context() gave, say; another library's has its own meaning.
    return head in _LIBRARIES or head not in heads
