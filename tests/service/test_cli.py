"""``uncork service`` where there is no systemd, or nothing to do with it yet."""

from __future__ import annotations

import json
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from uncork.serve.argv import MAIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import RunUncork


@pytest.fixture
def greeter(example: Callable[[str], Path]) -> Path:
    """A copy of the example app."""
    return example("greeter")


def test_show_prints_the_units_under_their_names(run_uncork: RunUncork, greeter: Path) -> None:
    shown = run_uncork(
        "service", "show", greeter, "--service-user", "nobody", "--", "--port", "81", "--limit", "3"
    )
    assert shown.returncode == 0, shown.stderr
    headings = [line for line in shown.stdout.splitlines() if line.startswith("# greeter.")]
    assert headings == ["# greeter.service", "# greeter.socket"]
    assert f"{greeter}/server.py -- --port 81 --limit 3\n" in shown.stdout
    assert "ListenStream=127.0.0.1:81\n" in shown.stdout
    assert "User=nobody\n" in shown.stdout


def test_show_as_json_is_one_object(run_uncork: RunUncork, greeter: Path) -> None:
    shown = run_uncork("service", "show", greeter, "--service-user", "nobody", "--json")
    answer = json.loads(shown.stdout)
    assert set(answer["units"]) == {"greeter.service", "greeter.socket"}
    assert answer["notes"][0] == "it runs as nobody, as you said"


def test_a_service_says_that_it_needs_this_uncork_where_the_app_s_python_has_none(
    run_uncork: RunUncork, greeter: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    python = tmp_path / "bare" / "bin" / "python"
    words = ("service", "show", greeter, "--service-user", "nobody", "--json", "--python", python)
    answer = json.loads(run_uncork(*words).stdout)
    assert f" {python} {MAIN}" in answer["units"]["greeter.service"].replace("=", " ")
    needs = next(note for note in answer["notes"] if note.startswith("it runs the uncork in "))
    assert str(MAIN.parents[1]) in needs
    assert needs.endswith(f"{python} -m pip install uncork gives it one")


def test_show_writes_nothing(run_uncork: RunUncork, greeter: Path) -> None:
    before = {path: path.read_bytes() for path in greeter.rglob("*") if path.is_file()}
    run_uncork("service", "show", greeter, "--service-user", "nobody")
    assert {path: path.read_bytes() for path in greeter.rglob("*") if path.is_file()} == before


@pytest.mark.skipif(Path("/run/systemd/system").is_dir(), reason="systemd runs this machine")
@pytest.mark.parametrize("command", ["install", "list"])
def test_without_systemd_it_says_what_to_use_instead(
    run_uncork: RunUncork, greeter: Path, command: str
) -> None:
    target = [str(greeter)] if command == "install" else []
    refused = run_uncork("service", command, *target)
    assert refused.returncode == 7
    assert "error: systemd does not run this machine: PID 1 is" in refused.stderr
    assert "hint: uncork serve" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--host", "shop.example"], 2, "'shop.example' is a name"),
        (["--port", "0"], 2, "port"),
        (["--name", "../x"], 2, "can't be a service's name"),
        (["--service-user", "nobody-of-that-name"], 2, "there is no user"),
        (["--health-path", "health"], 2, "'health' is no path"),
        (["--limit", "3"], 2, "behind --"),
        (
            ["--service-user", "nobody", "--", "--db-password", "x"],
            4,
            "--db-password would be read",
        ),
    ],
)
def test_wrong_input_is_refused(
    run_uncork: RunUncork, greeter: Path, arguments: list[str], status: int, said: str
) -> None:
    refused = run_uncork("service", "show", greeter, *arguments)
    assert refused.returncode == status
    assert said in refused.stderr


def test_a_port_that_the_source_does_not_say_must_be_named(
    run_uncork: RunUncork, tmp_path: Path
) -> None:
    script = tmp_path / "server.py"
    script.write_text(
        "import os\nfrom flask import Flask\napp = Flask(__name__)\n"
        'if __name__ == "__main__":\n    app.run(port=int(os.environ["SHOP_PORT"]))\n'
    )
    refused = run_uncork("service", "show", script, "--service-user", "nobody")
    assert refused.returncode == 2
    assert "hint: say --port" in refused.stderr


def test_a_service_that_is_not_there_is_wrong_use(run_uncork: RunUncork) -> None:
    for command in ("status", "stop", "rollback", "logs"):
        refused = run_uncork("service", command, "--name", "no-such-shop")
        assert refused.returncode == 2
        assert "there is no service no-such-shop" in refused.stderr
