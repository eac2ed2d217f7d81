"""What `check` finds, rule by rule: one script that has it, and one that only looks as if."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from textwrap import dedent

import pytest

from uncork.analysis.facts import Facts
from uncork.checks.run import check_project
from uncork.codemods.base import MigrationOptions
from uncork.diagnostics import Severity
from uncork.plan import make_plan
from uncork.source.project import Project

EXAMPLE = Path(__file__).parents[2] / "examples" / "greeter"
HEAD = "from flask import Flask\n\napp = Flask(__name__)\n\n\n"
PARSER = (
    "    import argparse\n"
    "    parser = argparse.ArgumentParser()\n"
    "    parser.add_argument('--size', type=int, default=3)\n"
    "    parser.add_argument('--port', type=int, default=5000)\n"
    "    args = parser.parse_args()\n"
)
VIEW = "@app.route('/')\ndef index():\n    return str({})\n\n\n"
GUARD = "if __name__ == '__main__':\n"


def project(script: str, **others: str) -> Project:
    files = {"server.py": script, **{n.replace("_", "."): text for n, text in others.items()}}
    contents = {PurePosixPath(name): dedent(text).encode() for name, text in files.items()}
    return Project(PurePosixPath("server.py"), contents, frozenset(map(str, contents)))


def found(script: str, **others: str) -> dict[str, list[str]]:
    """The findings' messages by code."""
    codes: dict[str, list[str]] = {}
    for diagnostic in check_project(project(script, **others)):
        codes.setdefault(diagnostic.rule.code, []).append(diagnostic.message)
    return codes


@pytest.mark.parametrize(
    ("code", "has_it", "has_it_not"),
    [
        ("UNC101", GUARD + "    app.jobs = []\n    app.run()\n", GUARD + "    app.run()\n"),
        (
            "UNC102",
            VIEW.format("args.size") + GUARD + PARSER + "    app.run()\n",
            VIEW.format("3") + GUARD + PARSER + "    app.run(port=args.port)\n",
        ),
        (
            "UNC102",
            VIEW.format("vars(args)") + GUARD + PARSER + "    app.run()\n",
            VIEW.format("3") + GUARD + PARSER + "    app.run(**vars(args))\n",
        ),
        (
            "UNC102",
            "import sys\n" + VIEW.format("sys.argv") + GUARD + "    app.run()\n",
            "import sys\n" + GUARD + "    app.run(port=int(sys.argv[1]))\n",
        ),
        (
            "UNC103",
            VIEW.format("base") + GUARD + "    base = open(__file__)\n    app.run()\n",
            "base = None\n" + VIEW.format("base") + GUARD + "    base = 1\n    app.run()\n",
        ),
        (
            "UNC104",
            GUARD + "    app.run()\n    app.close()\n",
            GUARD + "    app.run()\n    print('closed')\n",
        ),
        ("UNC106", "app.run()\n", GUARD + "    app.run()\n"),
        ("UNC106", "with app.app_context():\n    app.run()\n", "def main():\n    app.run()\n"),
        ("UNC107", GUARD + "    app.run(debug=True)\n", GUARD + "    app.run(debug=False)\n"),
        ("UNC107", GUARD + "    app.run('h', 1, True)\n", GUARD + "    app.run('h', 1)\n"),
        ("UNC108", GUARD + "    app.run('0.0.0.0')\n", GUARD + "    app.run('127.0.0.1')\n"),
        ("UNC108", GUARD + "    app.run(host='::')\n", GUARD + "    app.run(host='::1')\n"),
        (
            "UNC109",
            "app.secret_key = 'cat'\n" + GUARD + "    app.run()\n",
            "app.secret_key = read_secret()\n" + GUARD + "    app.run()\n",
        ),
        (
            "UNC109",
            "app.config['SECRET_KEY'] = 'cat'\n" + GUARD + "    app.run()\n",
            "app.config['TITLE'] = 'cat'\n" + GUARD + "    app.run()\n",
        ),
        (
            "UNC110",
            "from flask import escape\n" + GUARD + "    app.run()\n",
            "from markupsafe import escape\n" + GUARD + "    app.run()\n",
        ),
        (
            "UNC110",
            "from flask.ext.login import x\n" + GUARD + "    app.run()\n",
            "from flask_login import x\n" + GUARD + "    app.run()\n",
        ),
        (
            "UNC110",
            "app.before_first_request(print)\n" + GUARD + "    app.run()\n",
            "app.before_request(print)\n" + GUARD + "    app.run()\n",
        ),
        (
            "UNC121",
            "print(app.config.TITLE)\n" + GUARD + "    app.run()\n",
            "print(app.config['TITLE'])\n" + GUARD + "    app.run()\n",
        ),
        (
            "UNC112",
            "if __init__ == '__name__':\n    app.run()\n",
            "if __name__ == '__main__':\n    app.run()\n",
        ),
    ],
)
def test_a_rule_finds_what_it_is_for_and_nothing_near_it(
    code: str, has_it: str, has_it_not: str
) -> None:
    assert code in found(HEAD + has_it)
    assert code not in found(HEAD + has_it_not)


def test_a_missing_entry_point_is_found_until_there_is_one() -> None:
    script = HEAD + GUARD + "    app.run()\n"
    entry = "def create_app():\n    from server import app\n\n    return app\n"
    assert "UNC105" in found(script)
    assert "UNC105" in found(script, other_py="def create_app():\n    return None\n")
    assert "UNC105" not in found(script, wsgi_py=entry)


def test_requirements_without_a_server_are_found() -> None:
    script = HEAD + GUARD + "    app.run()\n"
    assert "UNC111" in found(script, requirements_txt="flask\n# waitress\n")
    assert "UNC111" not in found(script, requirements_txt="flask\nWaitress>=3  # serves\n")
    assert "UNC111" not in found(script)


def test_a_finding_names_the_line_and_the_name() -> None:
    findings = check_project(
        project(HEAD + VIEW.format("base") + GUARD + "    base = open(__file__)\n    app.run()\n")
    )
    (name,) = [d for d in findings if d.rule.code == "UNC103"]
    assert str(name.place) == "server.py:8"
    assert name.message == "index() reads base, which only the main block binds"
    (work,) = [d for d in findings if d.rule.code == "UNC101"]
    assert str(work.place) == "server.py:12"
    assert work.message == "`base = open(__file__)` never runs under a WSGI server"


def test_what_would_block_a_migration_is_among_the_findings() -> None:
    assert "UNC201" in found(HEAD + "def main():\n    app.run()\n")
    assert "UNC226" in found(
        HEAD + "import os\nprint(os.environ['WERKZEUG_RUN_MAIN'])\n" + GUARD + "    app.run()\n"
    )


def test_findings_come_in_the_order_of_their_places() -> None:
    script = HEAD + "app.secret_key = 'cat'\n" + GUARD + "    app.jobs = []\n    app.run('::')\n"
    lines = [diagnostic.place.line or 0 for diagnostic in check_project(project(script))]
    assert lines == sorted(lines)


def test_a_migrated_project_has_nothing_left_but_notes() -> None:
    contents = {
        PurePosixPath(name): (EXAMPLE / name).read_bytes()
        for name in ("server.py", "requirements.txt")
        if (EXAMPLE / name).exists()
    }
    before = Project(PurePosixPath("server.py"), contents, frozenset(map(str, contents)))
    assert any(d.rule.severity is not Severity.NOTE for d in check_project(before))
    plan = make_plan(before, MigrationOptions())
    changed = {PurePosixPath(c.path): c.after for c in plan.changes if c.after is not None}
    after = before.with_files(changed)
    assert [d for d in check_project(after) if d.rule.severity is not Severity.NOTE] == []
    assert Facts(after).hook is not None
