"""The command line that serves a target: what ``uncork serve`` becomes, and a unit's ExecStart."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from uncork.serve.options import FLAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uncork.serve.options import ServeOptions

MAIN = Path(__file__).with_name("__main__.py")
WAITRESS_OPTION = "--waitress"
"""Names the folder that holds waitress, where it is not the one that holds uncork."""


def serve_argv(
    interpreter: str,
    target: str,
    options: ServeOptions,
    arguments: Sequence[str],
    *,
    installed: bool,
    module: bool = False,
) -> list[str]:
    """The command line that serves a target in an interpreter.

    Args:
        interpreter: the app's Python; absolute for a unit.
        target: a script's path or an import string.
        options: only what is not None appears.
        arguments: the script's own command line, verbatim.
        installed: whether that interpreter can import uncork. If not, uncork is
            named by path, which `uncork.serve.__main__` explains.
        module: whether the target is a module's name, for -m.
    """
    command = [interpreter, *(["-m", "uncork.serve"] if installed else _by_path())]
    for flag in FLAGS:
        command += flag.words(getattr(options, flag.name))
    command += ["-m", target] if module else [target]
    return [*command, "--", *arguments] if arguments else command


def split_argv(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """What is uncork's of a command line, and what stands behind the first ``--``, verbatim."""
    words = list(argv)
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


def _by_path() -> list[str]:
    home = MAIN.parents[2]
    spec = importlib.util.find_spec("waitress")
    if spec is None or spec.origin is None or Path(spec.origin).parents[1] == home:
        return [str(MAIN)]
    return [str(MAIN), WAITRESS_OPTION, str(Path(spec.origin).parents[1])]
