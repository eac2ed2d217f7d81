"""What every test may use: tiers that are never skipped in silence, the real command, examples.

A tier is a marker of pyproject.toml. A test of a tier that this machine can't
run calls `require_tier`, and the end of the run says so in its own section. With
``UNCORK_REQUIRE_TIERS=process,isolation,system`` in the environment each test of
those tiers must have run, or the whole run fails: that is how CI knows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

import pytest
from tests.examples import copy_example

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TIERS = ("process", "isolation", "system")
REQUIRE = "UNCORK_REQUIRE_TIERS"


@dataclass
class Tier:
    """What became of one tier's tests.

    Args:
        ran: how many passed or failed.
        skipped: why the others did not run, and how many for each reason.
        deselected: how many the command line left out.
    """

    ran: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    deselected: int = 0

    def __str__(self) -> str:
        parts = [f"{self.ran} ran"] if self.ran else ["NOT RUN"]
        parts += [f"{count} SKIPPED: {reason}" for reason, count in self.skipped.items()]
        parts += [f"{self.deselected} not asked for"] if self.deselected else []
        return "; ".join(parts)


class Tiers:
    """Counts what ran, says what did not, and fails the run where it had to."""

    def __init__(self, required: frozenset[str]) -> None:
        self.required = required
        self.counts = {name: Tier() for name in TIERS}
        self.current: list[str] = []

    @property
    def missing(self) -> list[str]:
        """The required tiers that did not run, or not wholly."""
        counts = ((name, self.counts[name]) for name in TIERS if name in self.required)
        return [name for name, tier in counts if tier.skipped or tier.deselected or not tier.ran]

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        for item in items:
            for name in _tiers_of(item):
                self.counts[name].deselected += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        # A report's keywords hold names and parameters, too: only the item knows its markers.
        self.current = _tiers_of(item)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name in self.current:
            if report.skipped and not hasattr(report, "wasxfail"):
                self.counts[name].skipped[_reason(report)] += 1
            elif report.when == "call" or report.failed:
                self.counts[name].ran += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        passed = session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
        if passed and self.missing:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("tiers")
        for name, tier in self.counts.items():
            loud = {"green": True} if tier.ran and not tier.skipped else {"yellow": True}
            terminalreporter.write_line(f"{name:<10} {tier}", **loud)
        for name in self.missing:
            terminalreporter.write_line(
                f"FAILED: {REQUIRE} asks for every test of the tier {name}", red=True, bold=True
            )


def pytest_configure(config: pytest.Config) -> None:
    required = frozenset(name for name in os.environ.get(REQUIRE, "").split(",") if name)
    if unknown := required.difference(TIERS):
        raise pytest.UsageError(f"{REQUIRE}: no tier is called {', '.join(sorted(unknown))}")
    config.pluginmanager.register(Tiers(required), "uncork-tiers")


def _tiers_of(item: pytest.Item) -> list[str]:
    return [name for name in TIERS if item.get_closest_marker(name)]


def _reason(report: pytest.TestReport) -> str:
    # A skip's longrepr is (path, line, "Skipped: reason").
    where = report.longrepr
    return where[2].removeprefix("Skipped: ") if isinstance(where, tuple) else str(where)


class RequireTier(Protocol):
    """The type of the fixture `require_tier`, for annotations."""

    def __call__(self, tier: str, reason: str) -> NoReturn:
        """Skip for a reason, or fail where the tier is required."""


@pytest.fixture(scope="session")
def require_tier() -> RequireTier:
    """Call it where this machine can't run a tier, with what is missing and how to get it.

    The test is then skipped, and fails where ``UNCORK_REQUIRE_TIERS`` names the tier::

        if shutil.which("systemd-nspawn") is None:
            require_tier("system", "apt-get install systemd-container")
    """
    required = os.environ.get(REQUIRE, "").split(",")

    def require(tier: str, reason: str) -> NoReturn:
        assert tier in TIERS, f"no tier is called {tier}"
        if tier in required:
            pytest.fail(f"the tier {tier} is required, and can't run: {reason}", pytrace=False)
        pytest.skip(reason)

    return require


class RunUncork(Protocol):
    """The type of the fixture `run_uncork`, for annotations."""

    def __call__(
        self,
        *args: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line with these arguments; see `run_uncork`."""


@pytest.fixture
def clean_env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment that says nothing about the developer's machine, for child processes.

    No virtual environment is active, HOME is empty, and the first python3 on PATH is
    the one that runs the tests. What coverage needs to follow a child stays.
    """
    kept = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(tmp_path_factory.mktemp("home")),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        **kept,
    }


@pytest.fixture
def run_uncork(clean_env: dict[str, str], tmp_path: Path) -> RunUncork:
    """Run the real command line in a process of its own, without a terminal.

    ``cwd`` is `tmp_path` if it is not given; ``env`` is added to `clean_env`; ``timeout``
    is in seconds.
    """

    def run(
        *args: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "uncork", *map(str, args)],
            cwd=cwd or tmp_path,
            env={**clean_env, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run


@pytest.fixture
def example(tmp_path: Path) -> Callable[[str], Path]:
    """Copy a folder of examples/ to a place where a test may change it: ``example("greeter")``."""

    def copy(name: str) -> Path:
        return copy_example(name, tmp_path / name)

    return copy


@pytest.fixture(scope="session")
def wait_until() -> Callable[[Callable[[], object]], None]:
    """Wait until a condition holds; fail after 30 seconds: ``wait_until(socket.exists)``."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline, f"{condition} did not hold within 30 s"
            time.sleep(0.01)

    return wait


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    """In-process tests see no UNCORK_*, FLASK_* or active virtual environment either."""
    for name in list(os.environ):
        if name.startswith(("UNCORK_", "FLASK_")) and name != REQUIRE:
            monkeypatch.delenv(name)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
