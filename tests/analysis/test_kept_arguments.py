"""What a kept parser's command line means to a server, before and after the migration."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from tests.analysis.project import facts_of

from uncork.analysis.arguments import Variant, server_arguments, variants
from uncork.analysis.facts import Facts
from uncork.codemods.base import MigrationOptions
from uncork.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = "import argparse, sys\nfrom flask import Flask\napp = Flask(__name__)\n"
VIEW = "@app.route('/')\ndef index():\n    return str(args)\n"
OPTIONS = """\
parser = argparse.ArgumentParser()
parser.add_argument("name")
parser.add_argument("--mode", choices=["fast", "slow"], default="fast")
parser.add_argument("--size", type=int, default=3)
parser.add_argument("--loud", action="store_true")
parser.add_argument("--when", type=float, required=True)
parser.add_argument("--tag", action="append")
parser.add_argument("--port", type=int, default=5300)
args = parser.parse_args()
"""
RUN = "if __name__ == '__main__':\n"
IN_MAIN = HEAD + VIEW + RUN + "".join(f"    {line}\n" for line in OPTIONS.splitlines())
ON_IMPORT = HEAD + OPTIONS + VIEW + RUN
BY_HAND = HEAD + "def index():\n    return sys.argv\n" + RUN
LINE = ["Ada", "--when=1.5", "--port", "81", "--tag", "it's"]


def before(script: str) -> Facts:
    return facts_of(script + "    app.run(port=args.port)\n")


def after(script: str) -> Facts:
    facts = before(script)
    plan = make_plan(facts.project, MigrationOptions())
    assert plan.declined == ()
    changed = {PurePosixPath(change.path): change.after or b"" for change in plan.changes}
    return Facts(facts.project.with_files(changed))


@pytest.mark.parametrize("state", [before, after])
@pytest.mark.parametrize("script", [IN_MAIN, ON_IMPORT])
def test_the_whole_line_goes_into_one_variable_and_the_port_is_told(
    script: str, state: Callable[[str], Facts]
) -> None:
    meant = server_arguments(state(script), LINE)
    assert meant.environment == {"FLASK_ARGS": "Ada --when=1.5 --port 81 --tag 'it'\"'\"'s'"}
    assert meant.port == 81


@pytest.mark.parametrize("state", [before, after])
@pytest.mark.parametrize("script", [IN_MAIN, ON_IMPORT])
def test_without_arguments_there_is_no_variable_and_the_port_is_the_default(
    script: str, state: Callable[[str], Facts]
) -> None:
    meant = server_arguments(state(script), [])
    assert meant.environment == {}
    assert meant.port == 5300


def test_a_line_that_is_read_by_hand_goes_into_the_variable_as_well() -> None:
    facts = facts_of(BY_HAND + "    app.run()\n")
    assert server_arguments(facts, ["a", "b c"]).environment == {"FLASK_ARGS": "a 'b c'"}


@pytest.mark.parametrize("state", [before, after])
@pytest.mark.parametrize("script", [IN_MAIN, ON_IMPORT])
def test_other_values_come_behind_the_line_where_they_can_be_told(
    script: str, state: Callable[[str], Facts]
) -> None:
    found = variants(state(script), ["Ada", "--when=1"])
    assert found == (
        Variant(("--mode=slow",), {"FLASK_ARGS": "Ada --when=1 --mode=slow"}),
        Variant(("--size=4",), {"FLASK_ARGS": "Ada --when=1 --size=4"}),
        Variant(("--loud",), {"FLASK_ARGS": "Ada --when=1 --loud"}),
    )
