"""A requirement is added to a file in its own style, or not at all: held against real readers."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from uncork.source.adding import add_to
from uncork.source.requirements import bytes_of, required_names, text_of

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture(scope="module")
def toml() -> ModuleType:
    """Python's own reader; 3.10 has none."""
    module: ModuleType = pytest.importorskip("tomllib")
    return module


LISTS = [
    "[]",
    "[ ]",
    "['flask']",
    '["flask",]',
    '["flask", "a[b,c] ; x == \'#\'" ]  # why',
    '[\n  "flask", "a",\n  "b", "c"\n]',
    '[\n\t"flask",\n\t# last\n]',
    '["flask",\n "a"]',
    '["flask",\n]',
    '[ # first\n    "flask"\n    , # odd\n]',
]


@pytest.mark.parametrize("listed", LISTS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_list_of_toml_gains_one_text_and_nothing_else_changes(
    toml: ModuleType, listed: str, newline: str
) -> None:
    text = (
        f'[tool.a]\nx = """\n[project]\ndependencies = []\n"""\n'
        f"[project]\nname = 'x'\ndependencies = {listed}\n[[project.y]]\nz = {{a = [1]}}\n"
    ).replace("\n", newline)
    added = add_to("pyproject.toml", text, "waitress")
    before: dict[str, Any] = toml.loads(text)
    if added is None:
        assert "odd" in listed
        return
    after: dict[str, Any] = toml.loads(added)
    before["project"]["dependencies"].append("waitress")
    assert after == before
    assert added.count(newline) == added.count("\n")


@pytest.mark.parametrize(
    ("name", "text", "table"),
    [
        ("Pipfile", "[packages]\n", "packages"),
        ("Pipfile", "[packages]\nflask = '*'\n\n[requires]\npython_version = '3'", "packages"),
        ("Pipfile", "[dev-packages]\na = '*'\n[packages]\nflask={extras=['x']}", "packages"),
        ("pyproject.toml", '[tool.poetry.dependencies]\nflask="*"  # x', "dependencies"),
    ],
)
def test_a_table_of_toml_gains_one_key(toml: ModuleType, name: str, text: str, table: str) -> None:
    added = add_to(name, text, "waitress")
    assert added is not None
    before, after = toml.loads(text), toml.loads(added)
    tables = (
        [before, after] if name == "Pipfile" else [d["tool"]["poetry"] for d in (before, after)]
    )
    assert tables[1][table] == {**tables[0][table], "waitress": "*"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.black]\nline-length = 100\n"),
        ("pyproject.toml", "[project]\nname = 'x'\n"),
        ("pyproject.toml", "[project]\ndependencies = [flask]\n"),
        ("pyproject.toml", "[project]\ndependencies = ['flask'\n"),
        ("pyproject.toml", "this is no TOML\n[project]\ndependencies = ['flask']\n"),
        ("Pipfile", "[dev-packages]\nflask = '*'\n"),
        ("environment.yml", "dependencies: [flask]\n"),
        ("environment.yml", "name: x\n"),
        ("environment.yml", "dependencies:\n  - {name: flask}\n"),
        ("setup.py", "setup()\n"),
    ],
)
def test_what_is_not_understood_is_left_alone(name: str, text: str) -> None:
    assert add_to(name, text, "waitress") is None


def test_the_added_requirement_is_found_again() -> None:
    for name, text in [
        ("requirements.txt", "flask"),
        ("Pipfile", "[packages]\nflask = '*'\n"),
        ("pyproject.toml", "[project]\ndependencies = ['flask']\n"),
        ("environment.yml", "dependencies:\n  - flask\n"),
    ]:
        added = add_to(name, text, "waitress")
        assert added is not None
        assert required_names(PurePosixPath(name), added.encode()) == {"flask", "waitress"}


def test_bytes_that_would_change_are_refused() -> None:
    broken = b"\xff\xfef\x00l\x00a"
    assert bytes_of(text_of(broken), broken) is None
    marked = b"\xef\xbb\xbfflask\xfc\n"
    assert bytes_of(text_of(marked) + "waitress\n", marked) == marked + b"waitress\n"
