"""tools/corpus.py on a folder of small projects."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parents[2] / "tools" / "corpus.py"

RUN = 'if __name__ == "__main__":\n    app.run()\n'
PLAIN = f"from flask import Flask\n\napp = Flask(__name__)\n\n{RUN}"
EXEC = f"from flask import Flask\n\napp = Flask(__name__)\n\n{RUN}".replace(
    "    app.run()", '    exec("limit = 3")\n    app.run()'
)
ENTRY = '''"""The entry point for WSGI servers: wsgi:create_app."""


def create_app():
    from server import app

    return app
'''
PROJECTS = {
    "shop/server.py": PLAIN,
    "shop/library.py": "def price():\n    return 3\n",
    "copy/server.py": PLAIN,
    "fine/server.py": f'"""Migrated before."""\n\n{PLAIN}',
    "fine/wsgi.py": ENTRY,
    "declined/deep/server.py": EXEC,
    "views/views.py": "from flask import Blueprint\n\nif __name__ == '__main__':\n    print(1)\n",
    "old/server.py": "from flask import Flask\nprint 'Python 2'\nFlask(__name__).run()\n",
    ".venv/lib/server.py": PLAIN + "# somebody else's\n",
    "loose.py": f"# Lies in the folder itself.\n{PLAIN}",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "projects"
    for name, text in PROJECTS.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def corpus(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(CORPUS), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def told(*arguments: str | Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(corpus(*arguments, "--json").stdout)
    return answer


def contents(root: Path) -> dict[str, bytes]:
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def test_every_script_is_told_with_what_became_of_it(folder: Path) -> None:
    scripts = {script["script"]: script for script in told(folder)["scripts"]}
    assert {name: script["kind"] for name, script in scripts.items()} == {
        "copy/server.py": "migrated",
        "declined/deep/server.py": "declined",
        "fine/server.py": "already fine",
        "loose.py": "migrated",
        "old/server.py": "can't be parsed",
        "views/views.py": "runs no app",
    }
    assert scripts["declined/deep/server.py"]["codes"] == ["UNC211"]


def test_percentages_are_of_distinct_scripts_that_run_an_app(folder: Path) -> None:
    done = corpus(folder)
    assert done.returncode == 0
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "migrated 2 40.0 %" in lines
    assert "run an app 5" in lines
    assert "runs no app 1 not counted above" in lines
    assert "copies 1 of a script that is counted" in lines
    assert "UNC211 dynamic-names 1 20.0 % 1 20.0 %" in lines
    assert any(line.startswith("migrated or already fine: 60.0 % of 5 in ") for line in lines)
    # copy and fine wholly, declined and old not at all, and loose.py by itself.
    assert "with every project counted once: 60.0 % of 5" in lines


def test_nothing_is_written_into_the_folder(folder: Path) -> None:
    before = contents(folder)
    assert corpus(folder).returncode == 0
    assert contents(folder) == before
    refused = corpus(folder, "--diffs", folder / "diffs")
    assert refused.returncode == 2
    assert "would write into" in refused.stderr
    assert contents(folder) == before


def test_plans_are_written_elsewhere_on_request(folder: Path, tmp_path: Path) -> None:
    assert corpus(folder, "--diffs", tmp_path / "diffs").returncode == 0
    names = sorted(path.name for path in (tmp_path / "diffs").iterdir())
    assert names == ["copy__server.py.diff", "loose.py.diff"]
    assert "+++ b/wsgi.py" in (tmp_path / "diffs" / names[0]).read_text()


def test_a_script_that_takes_too_long_has_failed_and_the_others_go_on(folder: Path) -> None:
    done = corpus(folder, "--limit", "0.000001")
    assert done.returncode == 1
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "failed 6 100.0 %" in lines
    assert any(line.startswith("OutOfTimeError: the time limit was reached") for line in lines)


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    done = corpus(tmp_path / "nowhere")
    assert done.returncode == 2
    assert done.stderr.startswith("error: there is no folder")


def test_ctrl_c_tells_what_was_done_and_leaves_nothing_running(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"server{number}.py").write_text(f"number = {number}\n{PLAIN}")
    command = [sys.executable, str(CORPUS), str(tmp_path), "--jobs", "1"]
    # A terminal on stderr shows the progress line, which says that the work has begun.
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=theirs, text=True, start_new_session=True
    )
    os.close(theirs)
    said = b""
    while b"1/3000" not in said:
        said += os.read(ours, 1000)
    os.killpg(process.pid, signal.SIGINT)
    # The pipe ends when the last of the workers has let go of it.
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in output
    assert "migrated or already fine: 100.0 %" in output
    os.close(ours)
