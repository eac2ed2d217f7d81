"""What TARGET means: a script, a folder, a package, an import string, or nothing at all."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from uncork.discovery.target import Target, find_module, find_target
from uncork.errors import SourceError, UncorkError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

MAKES = "from flask import Flask\n\napp = Flask(__name__)\n"
RUNS = MAKES + '\nif __name__ == "__main__":\n    app.run()\n'
FACTORY = "def create_app():\n    return None\n"
ENTRY = "def create_app():\n    from server import app\n\n    return app\n"


def write(folder: Path, **files: str) -> None:
    """Write Python files: ``sub_INIT`` is sub/__init__.py, ``sub_MAIN`` sub/__main__.py."""
    for name, text in files.items():
        parts = [{"INIT": "__init__", "MAIN": "__main__"}.get(p, p) for p in name.split("_")]
        path = folder.joinpath(*parts).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"server": RUNS}, "/server.py"),
        ({"server": RUNS, "other": MAKES}, "/server.py"),
        ({"app": RUNS, "server": RUNS}, "/app.py"),
        ({"wsgi": RUNS, "app": RUNS}, "/wsgi.py"),
        ({"wsgi": ENTRY, "server": RUNS}, "wsgi:create_app"),
        ({"app": MAKES}, "app"),
        ({"wsgi": MAKES, "helper": ""}, "wsgi"),
        ({"app": FACTORY}, "app"),
        ({"app": "from shop import app\n", "shop": MAKES}, "app"),
        ({"app": MAKES, "wsgi": "import app\n"}, "app"),
    ],
)
def test_in_a_folder_flasks_names_come_first_then_the_one_script_that_runs_an_app(
    tmp_path: Path, files: dict[str, str], name: str
) -> None:
    write(tmp_path, **files)
    expected = f"{tmp_path}{name}" if name.startswith("/") else name
    assert find_target(None, tmp_path).name == expected
    assert find_target(str(tmp_path)).name == expected


@pytest.mark.parametrize(
    ("flask_app", "name"),
    [
        ("server", "/server.py"),
        ("server.py", "/server.py"),
        ("sub/server.py", "/sub/server.py"),
        ("plain", "plain"),
        ("plain.py", "plain"),
        ("plain:app", "plain:app"),
        ("plain.py:app", "plain:app"),
        ("plain:create_app()", "plain:create_app"),
        ("plain:create_app('a', 1)", "plain:create_app('a', 1)"),
        ("shop", "shop"),
        ("shop.web", "shop.web"),
        ("installed.elsewhere", "installed.elsewhere"),
    ],
)
def test_flask_app_means_what_it_means_to_flask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flask_app: str, name: str
) -> None:
    write(tmp_path, server=RUNS, plain=MAKES, sub_server=RUNS, shop_INIT=MAKES)
    monkeypatch.setenv("FLASK_APP", flask_app)
    expected = f"{tmp_path}{name}" if name.startswith("/") else name
    assert find_target(None, tmp_path).name == expected


def test_a_folder_with_a_main_module_is_run_as_python_runs_it(tmp_path: Path) -> None:
    write(tmp_path, it_MAIN=RUNS)
    found = find_target("it", tmp_path)
    assert (found.folder, found.archive) == (tmp_path, tmp_path / "it")
    assert found.need_script() == tmp_path / "it" / "__main__.py"
    write(tmp_path, it_wsgi=ENTRY, it_server=RUNS)
    assert find_target("it", tmp_path).name == "wsgi:create_app"


def test_an_archive_is_run_and_not_read(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr("__main__.py", RUNS)
    (tmp_path / "it.pyz").write_bytes(archive.getvalue())
    found = find_target("it.pyz", tmp_path)
    assert found == Target(tmp_path, archive=tmp_path / "it.pyz")
    with pytest.raises(UsageError, match=r"it\.pyz is an archive, and this command reads a script"):
        found.need_script()


@pytest.mark.parametrize("name", ["server.wsgi", "server", "server.cgi", "serve.it"])
def test_a_script_may_have_any_of_the_usual_names_or_name_python(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(f"#!/usr/bin/env python3\n{RUNS}")
    assert find_target(name, tmp_path).script == tmp_path / name


@pytest.mark.parametrize(
    ("name", "script"),
    [("shop", "shop/__main__.py"), ("shop.tool", "shop/tool.py"), ("elsewhere", None)],
)
def test_a_module_keeps_its_name_and_may_have_a_script(
    tmp_path: Path, name: str, script: str | None
) -> None:
    write(tmp_path, shop_INIT="", shop_MAIN=RUNS, shop_tool=RUNS)
    found = find_module(name, tmp_path)
    assert (found.name, found.module, found.folder) == (name, name, tmp_path)
    assert found.script == (tmp_path / script if script else None)


@pytest.mark.parametrize(
    ("given", "fact", "hint", "kind"),
    [
        ("sever.py", "there is no sever.py", "did you mean server.py?", UsageError),
        ("a b", "there is no a b", "name a script, a folder or module:app", UsageError),
        ("notes.txt", "notes.txt is not a Python script", "name the script", UsageError),
        ("empty", "runs a Flask app", "name the script", SourceError),
        ("two", "several scripts here run an app: one.py, two.py", "such as one.py", UsageError),
    ],
)
def test_what_is_no_target_is_told(
    tmp_path: Path, given: str, fact: str, hint: str, kind: type[UncorkError]
) -> None:
    write(tmp_path, server=RUNS, two_one=RUNS, two_two=RUNS)
    (tmp_path / "notes.txt").write_text("to do\n")
    (tmp_path / "empty").mkdir()
    with pytest.raises(kind) as caught:
        find_target(given, tmp_path)
    assert fact in caught.value.fact
    assert hint in caught.value.hint
