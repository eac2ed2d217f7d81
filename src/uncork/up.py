"""The whole way in one go: check, migrate, verify, and then what serves it.

Nothing is written before the user, or --yes, has agreed to all of it, and nothing that
verification did not prove.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from uncork.analysis.arguments import ServerArguments, server_arguments
from uncork.analysis.facts import Facts
from uncork.checks.run import check_project
from uncork.codemods.base import MigrationOptions
from uncork.diagnostics import Severity
from uncork.discovery.interpreter import find_interpreter
from uncork.discovery.load import load_project
from uncork.errors import DeclinedError, ExitStatus, NotProvedError
from uncork.migration import plan_migration, refuse_dirty_tree, verify_plan, write_plan
from uncork.render import proof as proof  # noqa: PLC0414 - registers the report's form
from uncork.render import text_of
from uncork.render.diff import plan_diff

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from uncork.changes import Plan
    from uncork.discovery.target import Target
    from uncork.proof.report import Report


@dataclass(frozen=True)
class UpRequest:
    """What the user asked of ``uncork up``.

    Args:
        target: what to bring up.
        arguments: the script's own command line.
        as_is: leave the code alone.
        allow_dirty: migrate although git has uncommitted changes.
        isolation: auto, or none where the user has said so.
        python: the app's interpreter, if it was named.
    """

    target: Target
    arguments: tuple[str, ...] = ()
    as_is: bool = False
    allow_dirty: bool = False
    isolation: Literal["auto", "none"] = "auto"
    python: str | None = None


@dataclass(frozen=True)
class Ready:
    """An app that is ready to be served, in the terms of a server.

    Args:
        interpreter: the app's, absolute.
        folder: where it is started.
        target: an import string, or the script's path.
        arguments: the script's own command line, where it is served as a script.
        environment: its settings, where it is served by import string.
        host: what the script would listen on, where that is known.
        port: likewise.
    """

    interpreter: Path
    folder: Path
    target: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    host: str | None = None
    port: int | None = None


@dataclass(frozen=True)
class Unproved:
    """Verification stood in the way: nothing was written."""

    report: Report

    @property
    def status(self) -> ExitStatus:
        """The report's: a difference, or not proved."""
        return self.report.status


def prepare(
    request: UpRequest, progress: Callable[[str], None], confirm: Callable[[str], bool]
) -> Ready | Unproved | None:
    """Take the code to where a server can run it.

    Args:
        request: what the user asked for.
        progress: is told each step.
        confirm: is asked once, when all that would happen has been told.

    Returns:
        The app; or why verification stood in the way; or None if the answer was no.

    Raises:
        DeclinedError: the script can't be migrated; `--as-is` serves it all the same.
        UncorkError: whatever a step raises.
    """
    target = request.target
    interpreter = find_interpreter(request.python, target.folder).path
    progress(f"using {interpreter}")
    if request.as_is or target.script is None:
        return _as_it_is(request, interpreter) if confirm("Go ahead") else None
    plan = _check_and_plan(request, progress)
    arguments = _arguments(target, request.arguments)
    if not confirm("Write this and go on" if plan.changes else "Go ahead"):
        return None
    if plan.changes:
        report = _verify(request, plan, progress)
        if report.status is not ExitStatus.DONE:
            return Unproved(report)
        write_plan(target, plan)
        progress(f"      wrote {_names(plan)}; uncork undo takes it back")
    else:
        progress("[3/4] verify: nothing to compare")
    return Ready(
        interpreter,
        target.folder,
        plan.entry,
        environment=arguments.environment,
        host=arguments.host,
        port=arguments.port,
    )


def _as_it_is(request: UpRequest, interpreter: Path) -> Ready:
    """The target unchanged; what it listens on it says itself, or its source does."""
    target = request.target
    if target.script is None or request.target.import_string:
        return Ready(interpreter, target.folder, target.name)
    facts = Facts(load_project(target))
    known = ServerArguments()
    if facts.command_line is not None or not request.arguments:
        known = server_arguments(facts, request.arguments)
    return Ready(
        interpreter,
        target.folder,
        str(target.script),
        arguments=request.arguments,
        host=known.host,
        port=known.port,
    )


def _check_and_plan(request: UpRequest, progress: Callable[[str], None]) -> Plan:
    target = request.target
    findings = check_project(load_project(target))
    count = sum(finding.rule.severity is not Severity.NOTE for finding in findings)
    noun = "finding" if count == 1 else "findings"
    progress(f"[1/4] check: {count} {noun} in {target.need_script().name}")
    plan = plan_migration(target, MigrationOptions())
    if plan.declined:
        for diagnostic in plan.declined:
            progress(text_of(diagnostic))
        raise DeclinedError(
            f"{plan.script} can't be migrated: see above",
            hint="mend it, or serve it unchanged: uncork up --as-is",
        )
    if not plan.changes:
        progress("[2/4] migrate: nothing to do")
        return plan
    if not request.allow_dirty:
        refuse_dirty_tree(target, plan)
    progress(plan_diff(plan).rstrip("\n"))
    progress(f"[2/4] migrate: this changes {_names(plan)}")
    return plan


def _arguments(target: Target, arguments: tuple[str, ...]) -> ServerArguments:
    return server_arguments(Facts(load_project(target)), arguments)


def _verify(request: UpRequest, plan: Plan, progress: Callable[[str], None]) -> Report:
    """Prove the plan; where the system has no namespaces, the consent to serve covers it.

    Serving runs the same program with all rights a moment later (docs/decisions/0004).
    """

    def verified(isolation: Literal["auto", "none"]) -> Report:
        return verify_plan(
            request.target, plan, request.arguments, isolation, request.python, progress
        )

    progress("[3/4] verify: the old script and the new app, side by side")
    try:
        report = verified(request.isolation)
    except NotProvedError as error:
        if request.isolation == "none":
            raise
        progress(f"      {error.fact}")
        report = verified("none")
    if report.status is ExitStatus.DONE:
        progress(text_of(report).rstrip("\n"))
    return report


def _names(plan: Plan) -> str:
    return ", ".join(change.path for change in plan.changes)
