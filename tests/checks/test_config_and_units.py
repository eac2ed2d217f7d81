"""The tutorial's own mistakes: in config.py, where settings are read, and in systemd's units."""

from __future__ import annotations

import pytest
from tests.checks.scripts import HEAD, RUN, messages, places


@pytest.mark.parametrize(
    "line",
    ["GREETING = Hello", "HOST = 127.0.0.1", "NAME = my-app  # of mine", "GREETING = Hello World"],
)
def test_a_value_without_quotes_is_found_in_config_py(line: str) -> None:
    config = f"import os\n\n{line}\n"
    assert places(HEAD + RUN, {"config.py": config})["UNC120"] == ["config.py:3"]


@pytest.mark.parametrize(
    "line",
    [
        "GREETING = 'Hello'",
        "DEBUG = True",
        "LIMIT = int('3')",
        "BASE = os.path.dirname(__file__)",
        "PAIRS = [name for name in os.environ]",
        "BASE = 1\nTWICE = BASE * 2",
        "from defaults import *\nLIMIT = BASE",
        "LIMITS = [1,",
    ],
)
def test_a_value_that_is_python_is_not(line: str) -> None:
    assert "UNC120" not in places(HEAD + RUN, {"config.py": f"import os\n\n{line}\n"})


def test_any_file_that_from_pyfile_names_is_a_config_file() -> None:
    script = HEAD + "app.config.from_pyfile('local.cfg')\n" + RUN
    assert "UNC120" in places(script, {"local.cfg": "GREETING = Hello\n"})
    assert "UNC120" not in places(HEAD + RUN, {"local.cfg": "GREETING = Hello\n"})


def test_a_setting_is_no_attribute() -> None:
    script = HEAD + "print(app.config.GREETING)\n" + RUN
    assert messages("UNC121", script) == [
        'app.config.GREETING is an AttributeError: write ["GREETING"]'
    ]
    view = "from flask import current_app\n\ndef f():\n    return current_app.config.X\n"
    assert len(messages("UNC121", "import views\n" + HEAD + RUN, {"views.py": view})) == 1


def test_attributes_of_other_configs_are_fine() -> None:
    script = "import settings\n" + HEAD + "print(settings.config.X, app.config.update)\n" + RUN
    assert messages("UNC121", script) == []


@pytest.mark.parametrize(
    "command",
    [
        "/srv/app/venv/bin/waitress-serve/ --call wsgi:create_app",
        "/usr/bin/waitress-serve --call wsgi:create_app/",
        "/usr/bin/waitress-serve --call 'wsgi:create_app'/",
        "/usr/bin/python3 /srv/app/server.py/",
    ],
)
def test_a_slash_behind_a_program_or_an_app_is_found(command: str) -> None:
    unit = f"[Service]\nExecStart={command}\n"
    assert places(HEAD + RUN, {"app.service": unit})["UNC122"] == ["app.service:2"]


@pytest.mark.parametrize(
    "command",
    ["/usr/bin/waitress-serve --call wsgi:create_app", "/usr/bin/app --static /srv/static/"],
)
def test_a_slash_behind_a_folder_is_fine(command: str) -> None:
    assert "UNC122" not in places(HEAD + RUN, {"app.service": f"[Service]\nExecStart={command}\n"})


def test_user_in_a_users_own_unit_is_found() -> None:
    unit = "[Service]\nUser=pi\nExecStart=/usr/bin/true\n"
    assert places(HEAD + RUN, {"etc/systemd/user/app.service": unit})["UNC123"] == [
        "etc/systemd/user/app.service:2"
    ]
    said = "# systemctl --user enable app\n" + unit
    assert "UNC123" in places(HEAD + RUN, {"app.service": said})
    assert "UNC123" not in places(HEAD + RUN, {"etc/systemd/system/app.service": unit})
