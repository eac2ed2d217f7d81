"""Which settings file counts, and what happens where it can't be read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from uncork.discovery.settings import find_settings
from uncork.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "apps" / "shop").mkdir(parents=True)
    return tmp_path


def values_in(folder: Path) -> dict[str, Any] | None:
    settings = find_settings(folder)
    return dict(settings.values) if settings else None


def test_the_nearest_file_counts(repository: Path) -> None:
    shop = repository / "apps" / "shop"
    assert values_in(shop) is None

    (repository / "pyproject.toml").write_text("[tool.uncork]\nport = 1\n")
    assert values_in(shop) == {"port": 1}

    (repository / "apps" / "uncork.toml").write_text("port = 2\n")
    assert values_in(shop) == {"port": 2}

    (shop / "pyproject.toml").write_text("[tool.uncork]\nport = 3\n")
    assert values_in(shop) == {"port": 3}


def test_a_pyproject_without_our_table_is_passed_over(repository: Path) -> None:
    (repository / "pyproject.toml").write_text("[tool.uncork]\nport = 1\n")
    (repository / "apps" / "pyproject.toml").write_text('[project]\ndependencies = ["uncork"]\n')

    assert values_in(repository / "apps" / "shop") == {"port": 1}


def test_the_repository_s_root_is_the_end(repository: Path) -> None:
    (repository / "uncork.toml").write_text("port = 1\n")
    (repository / "apps" / ".git").write_text("gitdir: elsewhere")

    assert values_in(repository / "apps" / "shop") is None


def test_outside_of_a_repository_only_the_folder_itself_counts(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "uncork.toml").write_text("port = 1\n")

    assert values_in(tmp_path) == {"port": 1}
    assert values_in(tmp_path / "shop") is None


def test_uncork_toml_comes_before_pyproject_toml(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.uncork]\nport = 1\n")
    (tmp_path / "uncork.toml").write_text("port = 2\n")

    assert values_in(tmp_path) == {"port": 2}


def test_a_table_can_be_moved_from_pyproject_toml_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "uncork.toml").write_text("[tool.uncork.serve]\nport = 1\n")
    assert values_in(tmp_path) == {"serve": {"port": 1}}

    (tmp_path / "uncork.toml").write_text("host = 'h'\n[tool.uncork.serve]\nport = 1\n")
    with pytest.raises(UsageError, match="outside of it"):
        find_settings(tmp_path)


def test_a_mistake_in_a_file_that_does_not_name_us_is_none_of_our_business(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n")

    assert values_in(tmp_path) is None


def test_a_mistake_in_our_file_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "uncork.toml").write_text("port = 1\nport 2\n")

    with pytest.raises(UsageError, match="line 2") as caught:
        find_settings(tmp_path)
    assert str(caught.value.place) == str(tmp_path / "uncork.toml")


@pytest.fixture
def _no_toml(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Python 3.10 without tomli."""
    for name in ("tomllib", "tomli"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.usefixtures("_no_toml")
def test_without_a_toml_reader_settings_are_an_error_and_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.uncork.serve]\nport = 1\n")

    with pytest.raises(UsageError, match="no TOML reader") as caught:
        find_settings(tmp_path)
    assert "pip install tomli" in caught.value.hint


@pytest.mark.usefixtures("_no_toml")
def test_without_a_toml_reader_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["uncork"]\n')

    assert find_settings(tmp_path) is None
