"""The runner in an interpreter that has neither uncork nor waitress nor click."""

from __future__ import annotations

import subprocess
import sys
import venv
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.serve.conftest import GATED, MAIN, in_background, python

from uncork.serve.argv import serve_argv
from uncork.serve.options import ServeOptions
from uncork.serve.provide import END, OLDEST

if TYPE_CHECKING:
    from tests.serve.conftest import Gate, Serve, Write

SEES = """
    import importlib.util, sys

    def can(name):
        return importlib.util.find_spec(name) is not None

    def app(environ, start_response):
        start_response("200 OK", [])
        names = ["uncork", "waitress", "click", "flask", "pytest"]
        here = [str(can(name)) for name in names]
        return [" ".join(here + sys.path).encode()]
"""
FLASKS = ("flask", "werkzeug", "jinja2", "markupsafe", "itsdangerous", "blinker", "click")


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of a virtual environment with nothing in it."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(folder, with_pip=False)
    return str(folder / "bin" / "python")


@pytest.fixture(scope="session")
def flask_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with Flask alone, for PYTHONPATH; it is pure Python, so any version takes it."""
    folder = tmp_path_factory.mktemp("flask")
    for name in FLASKS:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        package = Path(spec.origin).parent
        (folder / package.name).symlink_to(package)
        metadata = next(package.parent.glob(f"{name}-*.dist-info"))
        (folder / metadata.name).symlink_to(metadata)
    return str(folder)


def runner(interpreter: str, *arguments: str) -> list[str]:
    """The command by path, as ``uncork serve`` makes it for an interpreter without uncork."""
    made = serve_argv(interpreter, "TARGET", ServeOptions(), [], installed=False)
    return [*made[: made.index("TARGET")], *arguments]


@pytest.mark.process
def test_it_finds_waitress_and_nothing_else_of_uncorks(
    serve: Serve, write: Write, bare_python: str
) -> None:
    write(SEES, "app.py")
    server = serve("--port", "0", "app:app", command=runner(bare_python))
    seen = server.get().text.split()
    assert seen[:5] == ["True", "True", "False", "False", "False"]
    assert not [path for path in seen[5:] if "uncork" in Path(path).parts or "src" in path]
    folder = subprocess.run(
        [bare_python, "-c", "import sys; print(*sys.path[1:])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen[6:] == folder.stdout.split()


def on(wanted: str) -> object:
    """A parameter for a version of Python; one that is not here is no part of the tier."""
    reason = f"there is no Python {wanted} on PATH"
    return pytest.param(
        wanted,
        marks=pytest.mark.process if python(wanted) else pytest.mark.skip(reason=reason),
    )


@pytest.mark.parametrize("wanted", [on(f"3.{minor}") for minor in range(10, 14)])
def test_a_script_is_drained_on_every_python(
    serve: Serve, write: Write, gate: Gate, flask_folder: str, wanted: str
) -> None:
    interpreter = python(wanted)
    assert interpreter is not None
    server = serve(
        write(GATED), command=runner(interpreter), env={"PYTHONPATH": flask_folder}
    )  # fmt: skip
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(15)
    server.wait_for("SIGTERM: stopping, 1 request")
    gate.open()
    assert request.result().text == "let go one"
    assert server.wait() == 0
    assert [line for line in server.lines if line in {"behind run", "finally", "at exit"}] == [
        "behind run",
        "finally",
        "at exit",
    ]


@pytest.mark.process
def test_the_apps_own_waitress_wins(
    serve: Serve, write: Write, bare_python: str, tmp_path: Path
) -> None:
    lend_waitress(tmp_path, version("waitress"))
    write(
        SEES.replace("[str(can(name)) for name in names]", "[__import__('waitress').__file__]"),
        "app.py",
    )
    server = serve(
        "--port",
        "0",
        "app:app",
        command=runner(bare_python),
        env={"PYTHONPATH": str(tmp_path / "own")},
    )
    assert server.get().text.split()[0] == str(tmp_path / "own" / "waitress" / "__init__.py")


def lend_waitress(tmp_path: Path, number: str) -> None:
    """Put waitress into ``own/`` as if it had a version."""
    spec = find_spec("waitress")
    assert spec is not None
    assert spec.origin is not None
    own = tmp_path / "own"
    own.mkdir()
    (own / "waitress").symlink_to(Path(spec.origin).parent)
    (own / f"waitress-{number}.dist-info").mkdir()


@pytest.mark.process
@pytest.mark.parametrize("number", ["2.1.2", "3.1.0"])
def test_a_waitress_outside_the_range_serves_and_stops_in_its_own_way(
    serve: Serve, write: Write, tmp_path: Path, gate: Gate, number: str
) -> None:
    lend_waitress(tmp_path, number)
    server = serve(write(GATED), env={"PYTHONPATH": str(tmp_path / "own")})
    said = server.wait_for(f"waitress {number}")
    assert "is outside >=3.0.1,<3.1" in said
    request = in_background(server.get, "/held/one")
    server.wait_for("held one")
    server.send(15)
    server.wait_for("SIGTERM: stopping")
    gate.open()
    assert request.result().text == "let go one"
    assert server.wait() == 0
    assert server.lines.count("behind run") == 1


@pytest.mark.process
def test_without_any_waitress_it_says_how_to_get_one(
    serve: Serve, write: Write, bare_python: str, tmp_path: Path
) -> None:
    write(SEES, "app.py")
    command = [bare_python, str(MAIN), "--waitress", str(tmp_path)]
    server = serve("app:app", command=command)
    assert server.wait() == 4
    assert server.lines == [
        f"error: {bare_python} can't import waitress, and there is none beside uncork",
        f"hint: {bare_python} -m pip install waitress",
    ]


def test_the_range_of_waitress_is_the_one_that_is_installed_with_uncork() -> None:
    settings = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    oldest, end = (".".join(map(str, numbers)) for numbers in (OLDEST, END))
    assert f'"waitress>={oldest},<{end}"' in settings


def test_a_command_line_reads_well_in_a_unit() -> None:
    options = ServeOptions(host="127.0.0.1", port=5300, drain_timeout=30.0)
    argv = serve_argv(
        "/srv/app/.venv/bin/python", "server.py", options, ["--limit", "3", "--"], installed=True
    )
    assert " ".join(argv) == (
        "/srv/app/.venv/bin/python -m uncork.serve "
        "--host 127.0.0.1 --port 5300 --drain-timeout 30 server.py -- --limit 3 --"
    )


def test_a_command_line_by_path_names_the_runner() -> None:
    argv = serve_argv("/usr/bin/python3", "wsgi:create_app", ServeOptions(), [], installed=False)
    assert argv[:2] == ["/usr/bin/python3", str(MAIN)]
    assert argv[-1] == "wsgi:create_app"
    assert sys.executable
