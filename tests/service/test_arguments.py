"""What the script's own command line means for a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from uncork.errors import DeclinedError, UsageError
from uncork.service.arguments import is_secret, meaning_of, refuse_secrets, shown_value

if TYPE_CHECKING:
    from tests.service.conftest import MakeFacts

SCRIPT = """
import argparse
from flask import Flask
app = Flask(__name__)

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("-p", "--port", type=int, default=5300)
    parser.add_argument("--limit", type=int, default={limit})
    parser.add_argument("--shout", action="store_true", default={shout})
    parser.add_argument("--quiet", action="store_true")
    args = parser.parse_args()
    app.run(host=args.host, port=args.port)
"""
AS_IT_IS = SCRIPT.format(limit=10, shout=False)
MIGRATED = SCRIPT.format(limit='app.config["LIMIT"]', shout='app.config["SHOUT"]')

KEPT = """
import argparse
import functools
import sys
from flask import Flask
app = Flask(__name__)
app.config.from_pyfile("config.py")

def make_parser():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("-p", "--port", type=int, default=5300)
    return parser

@functools.cache
def init_app():
    global args
    args = make_parser().parse_args(app.config["ARGS"])

if __name__ == "__main__":
    app.config["ARGS"] = sys.argv[1:]
    init_app()
    app.run(host=args.host, port=args.port)
"""


@pytest.mark.parametrize(
    ("arguments", "port"),
    [
        ((), 5300),
        (("--port", "81"), 81),
        (("--port=81",), 81),
        (("-p81",), 81),
        (("--po", "81"), 81),
    ],
)
def test_the_socket_is_where_the_script_listens(
    facts_of: MakeFacts, arguments: tuple[str, ...], port: int
) -> None:
    meaning = meaning_of(facts_of(AS_IT_IS), arguments, migrated=False)
    assert (meaning.host, meaning.port) == ("127.0.0.1", port)
    assert meaning.settings == {}


@pytest.mark.parametrize(
    ("call", "host", "port"),
    [
        ("app.run()", "127.0.0.1", 5000),
        ('app.run("0.0.0.0", 80)', "0.0.0.0", 80),
        ("app.run(port=int(input()))", "127.0.0.1", None),
        ("app.run(host=name)", None, 5000),
    ],
)
def test_what_the_run_call_says_plainly_is_known(
    facts_of: MakeFacts, call: str, host: str | None, port: int | None
) -> None:
    text = f'from flask import Flask\napp = Flask("x")\nif __name__ == "__main__":\n    {call}\n'
    meaning = meaning_of(facts_of(text), (), migrated=False)
    assert (meaning.host, meaning.port) == (host, port)


def test_options_of_a_migrated_app_become_settings(facts_of: MakeFacts) -> None:
    arguments = ("--limit", "3", "--shout", "--port", "81")
    meaning = meaning_of(facts_of(MIGRATED), arguments, migrated=True)
    assert meaning.settings == {"FLASK_LIMIT": "3", "FLASK_SHOUT": "1"}
    assert meaning.port == 81


def test_the_line_of_a_kept_parser_becomes_one_setting(facts_of: MakeFacts) -> None:
    meaning = meaning_of(facts_of(KEPT), ("a b.txt", "-p81"), migrated=True)
    assert meaning.settings == {"FLASK_ARGS": "'a b.txt' -p81"}
    assert (meaning.host, meaning.port) == ("127.0.0.1", 81)


@pytest.mark.parametrize("arguments", [("--quiet",), ("--unknown", "1"), ("file.txt",)])
def test_what_can_be_no_setting_is_refused(facts_of: MakeFacts, arguments: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="is no setting of this app"):
        meaning_of(facts_of(MIGRATED), arguments, migrated=True)


def test_what_the_scripts_parser_would_refuse_is_refused(facts_of: MakeFacts) -> None:
    with pytest.raises(UsageError, match="--limit: invalid int value"):
        meaning_of(facts_of(MIGRATED), ("--limit", "many"), migrated=True)


@pytest.mark.parametrize(
    "arguments",
    [("--password", "x"), ("--api-key=x",), ("--db", "postgres://shop:pw@db/shop"), ("--token",)],
)
def test_secrets_on_a_command_line_are_declined(arguments: tuple[str, ...]) -> None:
    with pytest.raises(DeclinedError, match="would be read by everyone"):
        refuse_secrets(arguments)


def test_other_arguments_are_not() -> None:
    refuse_secrets(("--limit", "3", "--url", "http://shop.example:80/a@b", "--keyboard", "de"))


@pytest.mark.parametrize("name", ["FLASK_SECRET_KEY", "--db-password", "API_KEY", "github_token"])
def test_secret_names_are_known(name: str) -> None:
    assert is_secret(name)


def test_secrets_are_not_shown() -> None:
    assert shown_value("FLASK_API_KEY", "hunter2") == "(not shown)"
    assert shown_value("FLASK_DB", "redis://:pw@db") == "(not shown)"
    assert shown_value("FLASK_LIMIT", "3") == "3"
    assert shown_value("FLASK_ARGS", "--db-password=x --limit 3") == "(not shown)"
    assert shown_value("FLASK_ARGS", "--limit 3 password") == "--limit 3 password"
