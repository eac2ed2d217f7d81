"""The config file that an app loads, or could load."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from uncork import rules
from uncork.analysis.syntax import dotted, literal

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from uncork.analysis.application import Application
    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic
    from uncork.source.project import Project


def loaded_config(facts: Facts, app: Application) -> tuple[PurePosixPath | None, Diagnostic | None]:
    """The Python file that the app loads its configuration from, or why none can be extended.

    Args:
        facts: of the script.
        app: its application object.
    """
    direct = {s.value for s in facts.file.tree.body if isinstance(s, ast.Expr)}
    found = None
    for node in facts.file.nodes:
        if not isinstance(node, ast.Call) or not _loads_config(node):
            continue
        name = literal(node.args[0]) if node.args else ...
        path = facts.file.path.parent / name if isinstance(name, str) else None
        is_plain = node in direct and dotted(node.func) == f"{app.flask}.config.from_pyfile"
        if found or not (is_plain and app.root_is_folder and path in facts.project.contents):
            message = f"settings are loaded by {ast.unparse(node.func)}()"
            return None, rules.OTHER_CONFIG.at(facts.file.place(node), message)
        found = path
    return found, None


def _loads_config(call: ast.Call) -> bool:
    owner, _, method = dotted(call.func).rpartition(".")
    return owner.endswith("config") and method.startswith("from_") and method != "from_mapping"


def new_config(project: Project) -> PurePosixPath:
    """config.py, or SCRIPT_config.py where that name means something else."""
    imported = any(
        (isinstance(node, ast.ImportFrom) and node.module == "config")
        or (isinstance(node, ast.Import) and any(a.name == "config" for a in node.names))
        for source in project.parsed()
        for node in source.nodes
    )
    stem = project.script.stem.replace("-", "_")
    names = [] if imported else ["config"]
    return project.free_module([*names, f"{stem}_config", f"{stem}_settings"])
