"""What a migrated app may differ in, each with the reason why it is no loss.

This list is the whole of it: whatever stands here is not reported, and nothing else is
left out of a comparison. Names of functions are written without the functions around
them by the probe itself, since a view of main() becomes one of a factory.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from uncork.changes import FileChange
    from uncork.proof.observation import Field, Observation

Mode = Literal["script", "wsgi"]


@dataclass(frozen=True)
class Change:
    """One field that differs.

    Args:
        field: which.
        old: its value in the old script; None, it was absent.
        new: its value in the new app.
        mode: how the new app was run.
        added_keys: configuration keys that the migration's own files bring.
        new_script: the new app observed as a script, if `mode` is ``wsgi``.
    """

    field: Field
    old: str | None
    new: str | None
    mode: Mode
    added_keys: frozenset[str]
    new_script: Observation | None = None


@dataclass(frozen=True)
class Allowance:
    """A difference that is no loss.

    Args:
        name: what may differ.
        reason: why.
        applies: whether a change is one of these.
    """

    name: str
    reason: str
    applies: Callable[[Change], bool]


def _is_added_key(change: Change) -> bool:
    return (
        change.field.kind == "config"
        and change.old is None
        and change.field.name in change.added_keys
    )


def _is_runner(change: Change) -> bool:
    return change.mode == "wsgi" and change.field.kind == "runner"


def _is_start_output(change: Change) -> bool:
    return change.mode == "wsgi" and change.field.kind == "output" and change.field.name == "start"


def _is_debug(change: Change) -> bool:
    return change.field.kind == "config" and change.field.name in {"DEBUG", "ENV"}


def _is_browser(change: Change) -> bool:
    return change.mode == "wsgi" and change.field.kind == "browser timer" and change.new is None


def _became_daemon(change: Change) -> bool:
    return (
        change.field.kind == "thread"
        and change.field.aspect == "daemon"
        and change.new == "True"
        and change.old is not None
    )


def _stops_better(change: Change) -> bool:
    return change.field.kind == "stop" and change.old != "cleanly" and change.new == "cleanly"


def _is_main_goodbye(change: Change) -> bool:
    if change.mode != "wsgi" or change.field.kind != "output" or change.new_script is None:
        return False
    if change.field.name != "stop" or change.old is None or change.new is None:
        return False
    left = change.old.splitlines()
    for line in change.new_script.main_lines:
        if line in left:
            left.remove(line)
    return left == change.new.splitlines()


def _is_server_logger(change: Change) -> bool:
    return change.field.kind == "logger" and change.field.name in {"werkzeug", "waitress"}


ALLOWANCES: tuple[Allowance, ...] = (
    Allowance(
        "configuration keys that the migration adds",
        "options become settings; the new script and the new app are compared on them",
        _is_added_key,
    ),
    Allowance(
        "the runner and its arguments, under WSGI",
        "host, port and threads belong to the server there",
        _is_runner,
    ),
    Allowance(
        "what is printed at start, under WSGI",
        "a banner is main's own; the scripts are compared on it",
        _is_start_output,
    ),
    Allowance(
        "DEBUG and ENV",
        "debug is set off in every run, since it changes answers and is set by run(debug=...)",
        _is_debug,
    ),
    Allowance(
        "a timer that opens a browser, under WSGI",
        "it is of no use to a server",
        _is_browser,
    ),
    Allowance(
        "a thread that became daemon=True",
        "Python joins the others before atexit, so that a cleanup which ends them never came",
        _became_daemon,
    ),
    Allowance(
        "a stop that failed or hung and is clean now",
        "it is no loss",
        _stops_better,
    ),
    Allowance(
        "what main itself prints behind the run call, under WSGI",
        "a word of goodbye stays in main; the scripts are compared on it",
        _is_main_goodbye,
    ),
    Allowance(
        "the loggers of werkzeug and waitress",
        "each server brings its own",
        _is_server_logger,
    ),
)


def allowed(change: Change) -> Allowance | None:
    """The allowance that covers a change, if one does."""
    return next((allowance for allowance in ALLOWANCES if allowance.applies(change)), None)


def added_keys(changes: Sequence[FileChange]) -> frozenset[str]:
    """Configuration keys that changed files bind anew: at their top level, as config.py does."""
    found: set[str] = set()
    for change in changes:
        if change.path.endswith(".py") and change.after is not None:
            found |= _keys(change.after) - _keys(change.before or b"")
    return frozenset(found)


def _keys(content: bytes) -> set[str]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return set()
    targets = [
        target
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    found = {node.id for node in targets if isinstance(node, ast.Name) and node.id.isupper()}
    # The entry point fills app.config["ARGS"] where the app loads no config.py.
    return found | {
        node.slice.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "config"
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    }
