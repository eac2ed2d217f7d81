"""``uncork check``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from uncork.checks.run import check_project
from uncork.cli.collector import without_collector
from uncork.cli.kernel import command
from uncork.cli.options import json_option, target_argument
from uncork.cli.recovery import recover_first
from uncork.discovery.load import load_project
from uncork.discovery.target import find_target
from uncork.render.check import Findings

if TYPE_CHECKING:
    from uncork.cli.kernel import Console


@click.command("check")
@target_argument
@json_option
@command
def cli(console: Console, target: str | None) -> Findings:
    """What stands between this app and production.

    Reads the source and touches nothing. Exit status 1 if there are findings.
    """
    found = find_target(target)
    recover_first(console, found)
    with without_collector():
        project = load_project(found)
        return Findings(str(project.script), check_project(project))
