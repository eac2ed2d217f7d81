"""Relative paths, and what is written beside the code."""

from __future__ import annotations

import pytest
from tests.checks.scripts import HEAD, RUN, messages


@pytest.mark.parametrize(
    "line",
    [
        "open('data.json')",
        "open(f'data.json')",
        "open('data.json' + suffix)",
        "import pandas as pd; pd.read_csv('data.json')",
        "from pathlib import Path; Path('data.json').read_text()",
        "import os; open(os.path.join('data.json', 'x'))",
        "NAME = 'data.json'; open(NAME)",
    ],
)
def test_a_path_that_depends_on_the_current_folder_is_found(line: str) -> None:
    found = messages("UNC116", f"{HEAD}{line}\n{RUN}")
    assert len(found) == 1
    assert found[0].startswith("data.json")


@pytest.mark.parametrize(
    "line",
    [
        "open('/etc/hostname')",
        "open('~/data.json')",
        "open('C:\\\\data.json')",
        "import pandas as pd; pd.read_csv('https://example.org/data.csv')",
        "import os; open(os.path.join(os.path.dirname(__file__), 'data.json'))",
        "from pathlib import Path; (Path(__file__).parent / 'data.json').read_text()",
        "open(name)",
        "open(os.environ['DATA'])",
    ],
)
def test_a_path_that_starts_elsewhere_is_not(line: str) -> None:
    assert messages("UNC116", f"{HEAD}{line}\n{RUN}") == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("open('log.txt', 'w')", "log.txt is written in the current folder"),
        ("open('log.txt', mode='a')", "log.txt is written in the current folder"),
        ("import sqlite3; sqlite3.connect('a.db')", "a.db is written in the current folder"),
        ("import os; os.makedirs('up', exist_ok=True)", "up is written in the current folder"),
        ("import logging; logging.basicConfig(filename='a.log')", "a.log is written"),
        ("frame.to_csv('out.csv')", "out.csv is written in the current folder"),
        ("open(__file__ + '.log', 'w')", "__file__ is written beside the code"),
        (
            "from pathlib import Path; HERE = Path(__file__).parent; open(HERE / 'x', 'w')",
            "HERE is written beside the code",
        ),
        ("import os; os.mkdir(app.root_path + '/x')", "app.root_path is written beside the code"),
        ("URI = 'sqlite:///site.db'", "the database site.db is written beside the code"),
        (
            "import os; app.config['UPLOADS'] = 'up'\nos.makedirs(app.config['UPLOADS'])",
            "up is written in the current folder",
        ),
    ],
)
def test_what_is_written_beside_the_code_is_found(line: str, what: str) -> None:
    found = messages("UNC117", f"{HEAD}{line}\n{RUN}")
    assert len(found) == 1
    assert found[0].startswith(what)


@pytest.mark.parametrize(
    "line",
    [
        "open('/var/lib/app/log.txt', 'w')",
        "import sqlite3; sqlite3.connect(':memory:')",
        "URI = 'sqlite:////var/lib/app/site.db'",
        "frame.to_json('records')",
        "model.save()",
        "A = B; B = A; open(A, 'w')",
    ],
)
def test_what_is_written_elsewhere_is_not(line: str) -> None:
    assert messages("UNC117", f"{HEAD}{line}\n{RUN}") == []


def test_a_path_that_is_read_and_written_is_told_once_as_written() -> None:
    script = f"{HEAD}open('a.json')\nopen('a.json', 'w')\nopen('a.json')\n{RUN}"
    assert len(messages("UNC117", script)) == 1
    assert messages("UNC116", script) == []
