"""``uncork migrate``."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from uncork.cli.collector import without_collector
from uncork.cli.kernel import command
from uncork.cli.options import (
    args_option,
    isolation_option,
    json_option,
    python_option,
    target_argument,
)
from uncork.cli.recovery import recover_first
from uncork.codemods.base import MigrationOptions
from uncork.discovery.saved_plan import load_plan
from uncork.discovery.target import find_target
from uncork.errors import ExitStatus, UsageError
from uncork.migration import (
    Migration,
    plan_migration,
    refuse_dirty_tree,
    refuse_other_files,
    verify_plan,
    write_plan,
)
from uncork.render import migrate as migrate  # noqa: PLC0414 - registers the result's forms
from uncork.render import text_of
from uncork.render.diff import plan_diff

if TYPE_CHECKING:
    from uncork.changes import Plan
    from uncork.cli.kernel import Console
    from uncork.discovery.target import Target


@click.command("migrate")
@target_argument
@click.option("--write", is_flag=True, help="Write what is shown without --write.")
@click.option("--no-verify", is_flag=True, help="Write without running the old and the new app.")
@click.option("--allow-dirty", is_flag=True, help="Write although git has uncommitted changes.")
@click.option(
    "--entry",
    metavar="MODULE:FACTORY",
    help="The entry point's module and factory [wsgi:create_app].",
)
@click.option(
    "--plan",
    "saved",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Take the plan that --json wrote to FILE, instead of making one.",
)
@args_option
@isolation_option
@python_option
@json_option
@command
def cli(
    console: Console,
    *,
    target: str | None,
    write: bool,
    no_verify: bool,
    allow_dirty: bool,
    entry: str | None,
    saved: Path | None,
    arguments: str,
    isolation: Literal["auto", "none"],
    python: str | None,
) -> Migration:
    """Change the code so that any WSGI server can run it.

    Without --write it shows a diff and changes nothing; in a terminal it then asks.
    The command line behind --args is used to verify, and never written into the code.
    """
    options = MigrationOptions.from_entry(entry)
    if saved is None:
        found = find_target(target)
        recover_first(console, found)
        with without_collector():
            plan = plan_migration(found, options)
    else:
        found, plan = _take(console, saved, target, options)
    migration = Migration(plan)
    if migration.status is not ExitStatus.PENDING:
        return migration
    if not write and not (console.can_ask and _consent(console, plan)):
        return migration
    if not allow_dirty:
        refuse_dirty_tree(found, plan)
    if not no_verify:
        words = shlex.split(arguments)
        report = verify_plan(found, plan, words, isolation, python, console.progress)
        migration = replace(migration, report=report)
        if report.status is not ExitStatus.DONE:
            return migration
    write_plan(found, plan)
    return replace(migration, written=True)


def _take(
    console: Console, saved: Path, target: str | None, options: MigrationOptions
) -> tuple[Target, Plan]:
    """The plan in a file, and the target that it is for."""
    if options.explicit:
        raise UsageError(
            "--entry comes too late for a plan that is made already",
            hint="leave --entry out, or make a new plan with it",
        )
    plan = load_plan(saved)
    found = find_target(target or plan.script)
    recover_first(console, found)
    refuse_other_files(found, plan)
    return found, plan


def _consent(console: Console, plan: Plan) -> bool:
    """Show the plan on stderr and ask."""
    console.progress(plan_diff(plan))
    for diagnostic in plan.diagnostics:
        console.progress(text_of(diagnostic))
    return console.confirm("Write this", flag="--write")
