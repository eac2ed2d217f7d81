"""A tier that did not run is told, and fails the run where it is required."""

from __future__ import annotations

from pathlib import Path

import pytest

CONFTEST = Path(__file__).parent.parent / "conftest.py"
MARKERS = "[pytest]\nmarkers =\n    process:\n    isolation:\n    system:\n"

ONE_OF_EACH = """
import pytest

def test_plain(): pass

@pytest.mark.process
def test_process(): pass

@pytest.mark.system
def test_system(require_tier): require_tier("system", "there is no machine here")
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A test suite of its own with this project's conftest."""
    monkeypatch.delenv("UNCORK_REQUIRE_TIERS", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini(MARKERS)
    pytester.makeconftest(CONFTEST.read_text())
    return pytester


def test_a_skipped_tier_is_told_with_its_reason(suite: pytest.Pytester) -> None:
    suite.makepyfile(ONE_OF_EACH)
    result = suite.runpytest()
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "*tiers*",
            "process * 1 ran",
            "isolation * NOT RUN",
            "system * NOT RUN; 1 SKIPPED: there is no machine here",
        ]
    )


def test_a_tier_that_was_not_asked_for_is_told(suite: pytest.Pytester) -> None:
    suite.makepyfile(ONE_OF_EACH)
    result = suite.runpytest("-m", "not process and not system")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["process * NOT RUN; 1 not asked for"])


@pytest.mark.parametrize("tier", ["isolation", "system"])
def test_a_required_tier_that_did_not_run_fails_the_run(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tier: str
) -> None:
    monkeypatch.setenv("UNCORK_REQUIRE_TIERS", f"process,{tier}")
    suite.makepyfile(ONE_OF_EACH)
    result = suite.runpytest()
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_required_tier_without_any_test_is_named(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNCORK_REQUIRE_TIERS", "isolation")
    suite.makepyfile(ONE_OF_EACH)
    result = suite.runpytest()
    result.stdout.fnmatch_lines(["FAILED: * every test of the tier isolation"])


@pytest.mark.parametrize("skip", ["pytest.skip('no such thing')", "pytest.importorskip('nosuch')"])
def test_a_plain_skip_of_one_test_fails_a_required_tier(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, skip: str
) -> None:
    monkeypatch.setenv("UNCORK_REQUIRE_TIERS", "process")
    suite.makepyfile(
        f"import pytest\npytestmark = pytest.mark.process\n"
        f"def test_one(): pass\ndef test_two(): {skip}\n"
    )
    assert suite.runpytest().ret == pytest.ExitCode.TESTS_FAILED


def test_a_required_tier_that_ran_passes(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNCORK_REQUIRE_TIERS", "process")
    suite.makepyfile(ONE_OF_EACH)
    assert suite.runpytest().ret == pytest.ExitCode.OK


def test_an_unknown_tier_is_refused(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNCORK_REQUIRE_TIERS", "sytem")
    result = suite.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*no tier is called sytem*"])
