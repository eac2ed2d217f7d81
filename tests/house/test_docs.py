"""What the documentation says can't drift from the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from uncork.cli import COMMANDS
from uncork.errors import ExitStatus

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")],
)


def test_generated_pages_are_fresh() -> None:
    said = subprocess.run(
        [sys.executable, "tools/pages.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    local = [link for link in links if "://" not in link and "NNNN" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_every_page_can_be_reached_from_the_index() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        links = re.findall(r"\]\(([^)#\s:]+)[^)]*\)", page.read_text())
        waiting += [(page.parent / link).resolve() for link in links]
    assert set(ROOT.glob("docs/**/*.md")) - seen == set()


def test_every_exit_status_has_its_row() -> None:
    text = (ROOT / "docs" / "reference" / "exit-status.md").read_text()
    rows = {int(number) for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert rows == {status.value for status in ExitStatus}


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text()
    assert [name for name in COMMANDS if f"`uncork {name}`" not in text] == []


def test_ci_calls_the_readme_s_test_command() -> None:
    block = (ROOT / "README.md").read_text().split("```")[1]
    command = block.strip().splitlines()[1]
    assert command in (ROOT / ".ci" / "run").read_text().splitlines()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_option_that_a_page_uses_exists(page: Path) -> None:
    reference = (ROOT / "docs" / "reference" / "command-line.md").read_text()
    commands = re.findall(r"\buncork [a-z]+[^\n`]*", page.read_text())
    # What stands behind -- is the script's.
    used = {
        name for said in commands for name in re.findall(r" (--[a-z-]+)", said.split(" -- ")[0])
    }
    assert {name for name in used if not re.search(rf"{name}\b", reference)} == set()
