"""What is imported and no requirements file names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import pytest
from tests.checks.scripts import HEAD, RUN, messages, places, project

from uncork.checks.run import check_project

SCRIPT = "import yaml\n" + HEAD + RUN


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "flask\nPyYAML==6.0  # for settings\n"),
        ("requirements.txt", "flask\ngit+https://example.org/yaml/pyyaml.git@v6\n"),
        ("requirements-web.txt", "flask\npyyaml\n"),
        ("requirements/base.txt", "flask\npyyaml\n"),
        ("pyproject.toml", '[project]\ndependencies = ["flask", "pyyaml>=6"]\n'),
        ("pyproject.toml", '[project.optional-dependencies]\nx = ["flask", "pyyaml"]\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\nflask = "*"\npyyaml = "^6"\n'),
        ("pyproject.toml", '[tool.poetry.dependencies.pyyaml]\nversion = "6"\n[a]\nflask=1\n'),
        ("Pipfile", '[packages]\nflask = "*"\npyyaml = "*"\n'),
        ("environment.yml", "dependencies:\n  - flask\n  - pip:\n    - pyyaml==6\n"),
        ("setup.py", "setup(install_requires=['flask', 'pyyaml'])\n"),
    ],
)
def test_a_package_that_some_file_names_is_not_missing(name: str, text: str) -> None:
    assert [m for m in messages("UNC119", SCRIPT, {name: text}) if "yaml" in m] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "flask\n# pyyaml\n"),
        ("pyproject.toml", '[project]\ndescription = "pyyaml"\ndependencies = ["flask"]\n'),
        ("Pipfile", '[packages]\nflask = "*"\n[scripts]\npyyaml = "python server.py"\n'),
        ("environment.yml", "dependencies:\n  - flask  # pyyaml\n"),
    ],
)
def test_a_package_that_none_names_is(name: str, text: str) -> None:
    assert messages("UNC119", SCRIPT, {name: text}) == [
        "yaml is imported, and no requirements file names it"
    ]


@pytest.mark.parametrize(
    "imported",
    [
        "import json",
        "import helper",
        "from package.inner import x",
        "from . import x",
        "import werkzeug",
        "import numpy",
        "try:\n    import ujson\nexcept ImportError:\n    ujson = None",
        "import sys\nif sys.platform == 'win32':\n    import win32api",
    ],
)
def test_what_needs_no_name_of_its_own_is_not_missing(imported: str) -> None:
    files = {
        "requirements.txt": "flask\npandas\n",
        "helper.py": "",
        "package/__init__.py": "",
        "package/inner.py": "",
    }
    assert messages("UNC119", imported + "\n" + HEAD + RUN, files) == []


def test_without_any_requirements_file_one_note_names_all_that_is_needed() -> None:
    assert places(SCRIPT)["UNC126"] == ["server.py:1"]
    assert messages("UNC126", SCRIPT) == ["the app needs flask, pyyaml, and no file says so"]
    assert "UNC119" not in places(SCRIPT)


def test_a_requirements_file_of_the_repository_above_counts() -> None:
    above = {PurePosixPath("/repository/requirements.txt"): b"flask\npyyaml\n"}
    found = check_project(replace(project(SCRIPT), above=above))
    assert {d.rule.code for d in found}.isdisjoint({"UNC119", "UNC126"})


def test_a_server_is_looked_for_in_every_kind_of_file() -> None:
    assert "UNC111" in places(HEAD + RUN, {"Pipfile": '[packages]\nflask = "*"\n'})
    files = {"Pipfile": '[packages]\nflask = "*"\n', "requirements.txt": "gunicorn\n"}
    assert "UNC111" not in places(HEAD + RUN, files)
