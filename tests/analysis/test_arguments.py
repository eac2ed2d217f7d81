"""A command line in a server's terms, where options of every kind feed the run call alone."""

from __future__ import annotations

import pytest
from tests.analysis.project import facts_of

from uncork.analysis.arguments import server_arguments
from uncork.errors import UsageError

SCRIPT = """\
import argparse
from flask import Flask

app = Flask(__name__)

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--size", nargs=2, type=int)
    parser.add_argument("--loud", action="append_const", const=1)
    parser.add_argument("-v", action="count")
    parser.add_argument("--tls", action=argparse.BooleanOptionalAction)
    parser.add_argument("--tag", action="append")
    parser.add_argument("--port", type=int, default=5300)
    args = parser.parse_args()
    app.run(port=args.port)
"""


@pytest.mark.parametrize(
    "given",
    [
        "--loud --port 81",
        "--size 1 2 --port 81",
        "-vv --no-tls --port 81 a b",
        "--tag a --tag b --port=81",
    ],
)
def test_an_option_takes_as_many_words_as_the_scripts_parser_gives_it(given: str) -> None:
    meant = server_arguments(facts_of(SCRIPT), given.split())
    assert (meant.environment, meant.port) == ({}, 81)


def test_what_the_scripts_parser_would_refuse_is_refused() -> None:
    with pytest.raises(UsageError, match="expected 2 arguments"):
        server_arguments(facts_of(SCRIPT), ["--size", "1"])
