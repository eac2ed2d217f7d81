"""A migration from the user's files to the user's files: plan, guard, proof, write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uncork.analysis.arguments import server_arguments, variants
from uncork.analysis.facts import Facts
from uncork.codemods.base import MigrationOptions
from uncork.discovery.git import dirty_files
from uncork.discovery.interpreter import find_interpreter
from uncork.discovery.load import load_project
from uncork.errors import ChangedError, ExitStatus, Place, UsageError
from uncork.plan import make_plan, usual_shape
from uncork.transaction import apply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    from uncork.changes import Plan
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


def refuse_other_files(target: Target, plan: Plan) -> None:
    """Stop where a plan that was written down is for another script, or for other files.

    Raises:
        UsageError: it is for another script.
        ChangedError: a file is not what the plan has seen.
    """
    script = target.need_script().relative_to(target.folder).as_posix()
    if script != plan.script:
        raise UsageError(
            f"the plan is for {plan.script}, and not for {script}",
            hint="name the script that the plan was made for, or make a new plan",
        )
    for change in plan.changes:
        path = target.folder / change.path
        found = path.read_bytes() if path.is_file() else None
        if found != change.before:
            raise ChangedError(
                "is not what it was when the plan was made",
                place=Place(change.path),
                hint="make a new plan: uncork migrate",
            )


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
    from uncork.proof.runs import verify_change  # noqa: PLC0415 - a preview does without

    # In the shape that the plan was made from: options may have stood in a function, say.
    facts = Facts(usual_shape(load_project(target), MigrationOptions()))
    return verify_change(
        folder=target.folder,
        script=plan.script,
        changes=plan.changes,
        entry=plan.entry,
        interpreter=find_interpreter(python, target.folder).path,
        arguments=arguments,
        settings=server_arguments(facts, arguments).environment,
        variants=[
            (variant.arguments, variant.environment) for variant in variants(facts, arguments)
        ],
        isolation=isolation,
        progress=progress,
    )


def write_plan(target: Target, plan: Plan) -> None:
    """Apply exactly this plan."""
    apply(target.folder, plan.changes, label=f"migrate {plan.script}")
