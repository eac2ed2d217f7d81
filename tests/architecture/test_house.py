"""The house keeps to its drawing in CONTRIBUTING.md."""

from __future__ import annotations

import ast
import fnmatch
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "src" / "uncork"

LONG_FILES = {
    "src/uncork/rules.py": "a catalogue: one entry a rule, no logic",
    "src/uncork/proof/probe.py": "run by path in the user's interpreter, so it is one file",
}
"""Files that may have more than 400 lines, each with its reason."""

OUTSIDE_BUILTINS = {"__import__", "breakpoint", "eval", "exec", "input", "open", "print"}


@cache
def ours() -> tuple[Path, ...]:
    """What git tracks or would add, without golden trees and fixture apps."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def own_code() -> list[Path]:
    """The Python files that this project's rules of style hold for."""
    data = re.compile(r"^(examples/|tests/(.*/)?apps/|tests/codemods/.*/(before|after)/)")
    return [
        path
        for path in ours()
        if path.suffix == ".py" and not data.match(path.relative_to(ROOT).as_posix())
    ]


@cache
def rim() -> tuple[str, ...]:
    """The patterns of the modules that may have effects, from pyproject.toml."""
    settings = (ROOT / "pyproject.toml").read_text()
    return tuple(re.findall(r'^"(src/[^"]+)" = \[.*"TID251"', settings, re.MULTILINE))


def pure_modules() -> list[Path]:
    """Every module of the package that is not on the rim."""
    return [
        path
        for path in sorted(SOURCE.rglob("*.py"))
        if not any(fnmatch.fnmatch(path.relative_to(ROOT).as_posix(), name) for name in rim())
    ]


def name(path: Path) -> str:
    """A path as a test's parameter shows it."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", pure_modules(), ids=name)
def test_a_pure_module_calls_nothing_that_reaches_outside(path: Path) -> None:
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    reaching = [
        f"{name(path)}:{call.lineno}: {call.func.id}()"
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in OUTSIDE_BUILTINS
    ]
    assert reaching == []


def test_the_core_is_pure() -> None:
    pure = {name(path) for path in pure_modules()}
    for module in ("errors.py", "source/file.py", "diagnostics.py", "rules.py", "changes.py"):
        assert f"src/uncork/{module}" in pure


@pytest.mark.parametrize("path", own_code(), ids=name)
def test_every_file_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), "no docstring"


@pytest.mark.parametrize("path", own_code(), ids=name)
def test_no_file_outgrows_its_name(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    if name(path) in LONG_FILES:
        assert lines > 400, "no longer long: take it off the list"
    else:
        assert lines <= 400, "split it, or write down in LONG_FILES why not"


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    """Where people work stays with them; documentation says /srv, /home/pi or /path/to."""
    invented = "ada|alice|app|page|pi|user|you|USER|NAME"
    machine = re.compile(rf"(?<![\w.])(/root/\.|/home/(?!{invented})\w)|{re.escape(str(ROOT))}\b")
    found = [
        f"{name(path)}:{number}: {line.strip()}"
        for path in ours()
        for number, line in enumerate(path.read_bytes().decode(errors="replace").splitlines(), 1)
        if path != Path(__file__) and machine.search(line)
    ]
    assert found == []


def test_no_module_writes_to_a_fixed_place_in_tmp() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.match(r"/(var/)?tmp/\w", node.value)
    ]
    assert found == []


def test_the_probe_runs_on_any_python_without_uncork() -> None:
    """It is run by path in the user's interpreter, which may be older than uncork's."""
    probe = SOURCE / "proof" / "probe.py"
    tree = ast.parse(probe.read_text(), feature_version=(3, 8))
    roots = {module.partition(".")[0] for node in ast.walk(tree) for module in _imported(node)}
    assert roots - sys.stdlib_module_names == set()


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []
