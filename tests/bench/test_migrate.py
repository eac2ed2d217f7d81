"""The benchmark of migrate and check measures what it says: its projects are what they claim."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from uncork.codemods.base import MigrationOptions
from uncork.plan import make_plan
from uncork.source.project import Project

if TYPE_CHECKING:
    from types import ModuleType

FILE = Path(__file__).parents[2] / "benchmarks" / "migrate.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_migrate", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_script_has_its_size_and_is_migrated(bench: Any) -> None:
    text = bench.script(200)
    assert 200 <= text.count("\n") <= 300
    path = PurePosixPath("server.py")
    project = Project(path, {path: text.encode()}, frozenset({"server.py"}))
    plan = make_plan(project, MigrationOptions())
    assert plan.declined == ()
    assert {change.path for change in plan.changes} >= {"server.py", "wsgi.py", "config.py"}


def test_the_tree_is_as_large_and_as_dense_as_it_claims_and_imported_whole(
    bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "MODULES", 5)
    monkeypatch.setattr(bench, "TREE_LINES", 3_000)
    bench.make_tree(tmp_path / "tree")
    files = sorted((tmp_path / "tree").glob("*.py"))
    texts = [file.read_text() for file in files]
    lines = sum(text.count("\n") for text in texts)
    assert len(files) == 6
    assert lines >= 2_000
    nodes = sum(1 for text in texts for _ in ast.walk(ast.parse(text)))
    assert nodes >= 4.4 * lines
    script = (tmp_path / "tree" / "server.py").read_text()
    assert all(f"import {file.stem}\n" in script for file in files if file.stem != "server")


def test_a_missed_goal_is_told(bench: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def took(milliseconds: float, **goals: float) -> Any:
        return bench.Command([], Path(), times=[milliseconds], memory=[10.0], **goals)

    commands = {
        "python -c pass": took(10),
        "migrate, 1,000 lines": took(100, goal_ms=150, goal_mb=45),
        "migrate, 5,000 lines": took(150),
    }
    assert bench.tell(commands, 1) is True
    commands["migrate, 1,000 lines"] = took(200, goal_ms=150)
    assert bench.tell(commands, 1) is False
    assert "goal 150 ms: MISSED" in capsys.readouterr().out
