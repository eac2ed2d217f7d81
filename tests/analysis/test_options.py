"""Options of an argparse parser, what they mean to a server, and other values for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.analysis.project import facts_of

from uncork.analysis.arguments import Variant, server_arguments, variants
from uncork.analysis.options import Kind
from uncork.analysis.settings import find_settings
from uncork.errors import UsageError

if TYPE_CHECKING:
    from uncork.analysis.facts import Facts


def script(*options: str, view: str = "0", run: str = "app.run()", parser: str = "") -> Facts:
    added = "\n".join(f"    parser.add_argument({option})" for option in options)
    return facts_of(
        "import argparse\nfrom flask import Flask\napp = Flask(__name__)\n"
        f"@app.route('/')\ndef index():\n    return {view}\n"
        f"if __name__ == '__main__':\n    parser = argparse.ArgumentParser({parser})\n{added}\n"
        f"    args = parser.parse_args()\n    {run}\n"
    )


@pytest.mark.parametrize(
    ("call", "dest", "kind", "default"),
    [
        ("'--name'", "name", Kind.TEXT, None),
        ("'--name', default='x'", "name", Kind.TEXT, "x"),
        ("'-n', '--dry-run', type=str", "dry_run", Kind.TEXT, None),
        ("'-n', type=int, default=-3", "n", Kind.INTEGER, -3),
        ("'--n', dest='size', type=float, default=1.5", "size", Kind.NUMBER, 1.5),
        ("'--loud', action='store_true'", "loud", Kind.FLAG, False),
        ("'--quiet', action='store_false', help='no %%'", "quiet", Kind.FLAG, True),
        ("'--loud', action='store_true', default=True", "loud", Kind.FLAG, True),
        ("'--name', required=False, metavar='N'", "name", Kind.TEXT, None),
    ],
)
def test_a_simple_option(call: str, dest: str, kind: Kind, default: object) -> None:
    line = script(call).command_line
    assert line is not None
    (option,) = line.options
    assert (option.dest, option.kind, option.default, option.problem) == (dest, kind, default, "")


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ("'name'", "it is positional"),
        ("'--n', nargs='*'", "it uses nargs="),
        ("'--n', choices=[1, 2]", "it uses choices="),
        ("'--n', **more", "it uses **="),
        ("'--n', required=True", "it is required"),
        ("'--n', required=needed", "it is required"),
        ("'--n', action='append'", "its action is append"),
        ("'--n', action=Own", "its action is Ellipsis"),
        ("'--n', type=bool", "type=bool makes every text true"),
        ("'--n', type=lambda text: text", "its type is a function of its own"),
        ("'--n', type=pathlib.Path", "its type is pathlib.Path"),
        ("'--n', type=int", "its default None is no int"),
        ("'--n', type=int, default='3'", "its default '3' is no int"),
        ("'--n', type=int, default=True", "its default True is no int"),
        ("'--n', type=float, default=3", "its default 3 is no float"),
        ("'--n', default=[1]", "its default [1] is no str"),
        ("'--n', default=compute()", "its default is no literal"),
        ("'--n', action='store_true', default=None", "its default is no bool"),
        ("name, '--n'", "its flags are no literals"),
        ("*flags", "its flags are no literals"),
    ],
)
def test_more_than_a_simple_option(call: str, problem: str) -> None:
    line = script(call).command_line
    assert line is not None
    (option,) = line.options
    assert option.problem == problem
    assert option.kind is None


def test_what_makes_the_whole_parser_more_than_simple() -> None:
    line = script("'--a'", "'--b', dest='a'", parser="fromfile_prefix_chars='@'").command_line
    assert line is not None
    assert line.problem == (
        "the parser is made with fromfile_prefix_chars=; two options share the dest a"
    )


def test_a_default_from_app_config_is_a_setting_already() -> None:
    facts = script("'--size', type=int, default=app.config['SIZE']", view="app.config['SIZE']")
    (setting,) = find_settings(facts).settings
    assert (setting.key, setting.variable, setting.option.problem) == ("SIZE", "FLASK_SIZE", "")


OPTIONS = (
    "'-s', '--size', type=int, default=3",
    "'--loud', action='store_true'",
    "'--cache', action='store_false'",
    "'-r', type=float, default=0.5",
    "'--name'",
    "'--host', default='127.0.0.1'",
    "'--port', type=int, default=5300",
)
VIEW = "[args.size, args.loud, args.cache, args.r, args.name]"
RUN = "app.run(host=args.host, port=args.port)"


def test_a_command_line_in_the_terms_of_a_server() -> None:
    facts = script(*OPTIONS, view=VIEW, run=RUN)
    meant = server_arguments(
        facts, ["-s4", "--loud", "--cache", "--name", "a b", "--port", "8000", "-r", "1"]
    )
    assert meant.environment == {
        "FLASK_SIZE": "4",
        "FLASK_LOUD": "1",
        "FLASK_CACHE": "0",
        "FLASK_R": "1.0",
        "FLASK_NAME": "a b",
    }
    assert (meant.host, meant.port) == ("127.0.0.1", 8000)


def test_options_that_are_not_given_set_nothing() -> None:
    meant = server_arguments(script(*OPTIONS, view=VIEW, run=RUN), [])
    assert meant.environment == {}
    assert (meant.host, meant.port) == ("127.0.0.1", 5300)


@pytest.mark.parametrize(
    ("run", "host", "port"),
    [
        ("app.run()", None, None),
        ("app.run('0.0.0.0', 8000)", "0.0.0.0", 8000),
        ("app.run(port='8000')", None, 8000),
        ("app.run(host=compute(), port=compute())", None, None),
        ("app.run(*where)", None, None),
    ],
)
def test_the_address_of_the_run_call(run: str, host: str | None, port: int | None) -> None:
    meant = server_arguments(script(*OPTIONS, run=run), [])
    assert (meant.host, meant.port) == (host, port)


@pytest.mark.parametrize("arguments", [["--size", "x"], ["--nothing"], ["--port"]])
def test_what_the_scripts_parser_refuses_is_wrong_use(arguments: list[str]) -> None:
    with pytest.raises(UsageError, match="the script's command line"):
        server_arguments(script(*OPTIONS, view=VIEW), arguments)


def test_a_script_without_options_takes_none() -> None:
    facts = facts_of(
        "from flask import Flask\napp = Flask(__name__)\n"
        "if __name__ == '__main__':\n    app.run(port=80)\n"
    )
    assert server_arguments(facts, []).port == 80
    with pytest.raises(UsageError, match="reads no options"):
        server_arguments(facts, ["--size"])


def test_each_setting_has_a_variant_that_both_ways_give_the_same() -> None:
    facts = script(*OPTIONS, view=VIEW, run=RUN)
    found = variants(facts)
    assert found == (
        Variant(("--size=4",), {"FLASK_SIZE": "4"}),
        Variant(("--loud",), {"FLASK_LOUD": "1"}),
        Variant(("--cache",), {"FLASK_CACHE": "0"}),
        Variant(("-r1.5",), {"FLASK_R": "1.5"}),
        Variant(("--name=other-2",), {"FLASK_NAME": "other-2"}),
    )
    for variant in found:
        assert server_arguments(facts, variant.arguments).environment == variant.environment
