"""Secrets in the source: found by their name or their form, and never shown."""

from __future__ import annotations

import pytest
from tests.checks.scripts import HEAD, RUN, messages

SECRET = "h7-Tz9qLw2x"  # noqa: S105 - made up


@pytest.mark.parametrize(
    "line",
    [
        f"app.config.update(SECRET_KEY='{SECRET}')",
        f"app.config.from_mapping({{'SECRET_KEY': '{SECRET}'}})",
        f"app.config['JWT_SECRET_KEY'] = '{SECRET}'",
        f"app.secret_key = b'{SECRET}'",
        f"import os; app.secret_key = os.environ.get('KEY', '{SECRET}')",
        f"import os; app.secret_key = os.environ.get('KEY') or '{SECRET}'",
        f"API_KEY = '{SECRET}'",
        f"db_password: str = '{SECRET}'",
        f"URI = 'postgresql://app:{SECRET}@db/app'",
        "AWS = 'AKIA" + "ABCDEFGH12345678'",
    ],
)
def test_a_secret_is_found_and_not_shown(line: str) -> None:
    found = messages("UNC109", f"{HEAD}{line}\n{RUN}")
    assert len(found) == 1
    assert SECRET not in found[0]


@pytest.mark.parametrize(
    "line",
    [
        "import os; app.secret_key = os.environ['KEY']",
        "app.secret_key = ''",
        "API_KEY = ''",
        "API_KEY = 'your-api-key'",
        "API_KEY = '<key>'",
        "PASSWORD = 'password'",
        "password = 'Wrong password, try again'",
        "URI = 'postgresql://localhost/app'",
        "URI = 'amqp://user:password@localhost'",
        "token = 'abc123def'",
        "keyboard = 'h7-Tz9qLw2x'",
    ],
)
def test_what_stands_for_a_secret_or_is_none_is_not(line: str) -> None:
    assert messages("UNC109", f"{HEAD}{line}\n{RUN}") == []


def test_a_secret_of_config_py_is_found_though_nothing_imports_it() -> None:
    script = HEAD + "app.config.from_pyfile('config.py')\n" + RUN
    assert len(messages("UNC109", script, {"config.py": f"SECRET_KEY = '{SECRET}'\n"})) == 1


def test_tests_may_have_passwords() -> None:
    script = "import importlib\n" + HEAD + "importlib.import_module(name)\n" + RUN
    files = dict.fromkeys(("tests/users.py", "test_users.py"), f"PASSWORD = '{SECRET}'\n")
    assert messages("UNC109", script, files) == []
    assert len(messages("UNC109", script, {"users.py": f"PASSWORD = '{SECRET}'\n"})) == 1
