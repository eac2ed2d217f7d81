"""A migration from the user's files to the user's files: plan, guard, proof, write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.analysis.arguments import server_arguments, variants
from uncork.analysis.facts import Facts
from uncork.discovery.git import dirty_files
from uncork.discovery.interpreter import find_interpreter
from uncork.discovery.load import load_project
from uncork.errors import ExitStatus, UsageError
from uncork.plan import make_plan
from uncork.proof.runs import verify_change
from uncork.transaction import apply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    from uncork.changes import Plan
    from uncork.codemods.base import MigrationOptions
    from uncork.discovery.target import Target
    from uncork.proof.report import Report


@dataclass(frozen=True)
class Migration:
    """A plan, and what became of it.

    Args:
        plan: the plan.
        report: what verification found; None where it was not asked.
        written: whether the plan was applied.
    """

    plan: Plan
    report: Report | None = None
    written: bool = False

    @property
    def status(self) -> ExitStatus:
        """Declined, pending, different, not proved, or done."""
        if self.plan.declined:
            return ExitStatus.DECLINED
        if self.report is not None and not self.written:
            return self.report.status
        return ExitStatus.DONE if self.written or not self.plan.changes else ExitStatus.PENDING


def plan_migration(target: Target, options: MigrationOptions) -> Plan:
    """The plan for a target; reads files, changes none and runs none of the user's code."""
    return make_plan(load_project(target), options)


def refuse_dirty_tree(target: Target, plan: Plan) -> None:
    """Stop where git would mix the user's uncommitted changes with the plan's.

    Raises:
        UsageError: there are such changes.
    """
    edited = [change.path for change in plan.changes if change.before is not None]
    dirty = dirty_files(target.folder, edited)
    if dirty:
        more = f" and {len(dirty) - 1} more" if len(dirty) > 1 else ""
        raise UsageError(
            f"{dirty[0]}{more} has uncommitted changes",
            hint="commit or stash them first, or say --allow-dirty (uncork undo works either way)",
        )


def verify_plan(
    target: Target,
    plan: Plan,
    arguments: Sequence[str],
    isolation: Literal["auto", "none"],
    python: str | None,
    progress: Callable[[str], None],
) -> Report:
    """Run the old script and the new app side by side, in copies."""
    facts = Facts(load_project(target))
    return verify_change(
        folder=target.folder,
        script=plan.script,
        changes=plan.changes,
        entry=plan.entry,
        interpreter=find_interpreter(python, target.folder).path,
        arguments=arguments,
        settings=server_arguments(facts, arguments).environment,
        variants=[(variant.arguments, variant.environment) for variant in variants(facts)],
        isolation=isolation,
        progress=progress,
    )


def write_plan(target: Target, plan: Plan) -> None:
    """Apply exactly this plan."""
    apply(target.folder, plan.changes, label=f"migrate {plan.script}")
