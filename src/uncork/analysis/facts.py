"""Everything that checks and codemods ask about a project, computed once for each state of it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from uncork.analysis.application import (
    Application,
    application_made,
    find_applications,
    foreign_application,
)
from uncork.analysis.bindings import uses_dynamic_names
from uncork.analysis.dash import dash_application, with_imported
from uncork.analysis.hook import StartUpHook, find_hook
from uncork.analysis.kept_parser import KeptParser, find_kept_parser
from uncork.analysis.main_block import MainBlock, classify
from uncork.analysis.parser_statements import find_command_line
from uncork.analysis.promotion import Surroundings, promote
from uncork.analysis.purity import banner_functions
from uncork.analysis.reach import reachable
from uncork.analysis.runner import Runner, RunnerCall, main_guards, runner_calls
from uncork.analysis.scopes import Names
from uncork.analysis.syntax import imports_of
from uncork.analysis.way import Step, always_runs, main_step, way_to_run

if TYPE_CHECKING:
    from uncork.analysis.options import CommandLine
    from uncork.source.file import SourceFile
    from uncork.source.project import Project


@dataclass(frozen=True)
class Facts:
    """What a project's script is made of; every answer is None or empty where there is none."""

    project: Project

    @property
    def file(self) -> SourceFile:
        """The script that runs the app."""
        return self.project.main

    @cached_property
    def sources(self) -> tuple[SourceFile, ...]:
        """The files of the running app: the script, and what it imports of the project."""
        return reachable(self.project)

    @cached_property
    def names(self) -> Names:
        """The script's names; those of a function that is the main block count as the module's."""
        step = self.step
        function = step.block if step and isinstance(step.block, ast.FunctionDef) else None
        return Names(self.file.tree, function)

    @cached_property
    def imports(self) -> dict[str, str]:
        """The script's imports: local name to dotted name."""
        return imports_of(self.file.tree)

    @cached_property
    def runs(self) -> list[RunnerCall]:
        """The run calls, wherever they stand."""
        return with_imported(self.project, runner_calls(self.file))

    @cached_property
    def guards(self) -> list[ast.If]:
        """The main guards."""
        return list(main_guards(self.file))

    @cached_property
    def way(self) -> tuple[Step, ...]:
        """The blocks that lead from the main guard to the run calls; empty if it is no one way."""
        if len(self.guards) != 1 or not self.runs:
            return ()
        return way_to_run(self.file.tree, self.guards[0], [run.call for run in self.runs])

    @cached_property
    def step(self) -> Step | None:
        """The main block, and the statement of it that runs the app or leads to what does.

        The main guard's, or that of a function which the guard calls.
        """
        return main_step(self.way, self.imports, banner_functions(self.file.tree, self.imports))

    @cached_property
    def direct_run(self) -> RunnerCall | None:
        """The run call that a statement of the main block does, whatever its conditions say."""
        if self.step is None or not all(always_runs(step, self.imports) for step in self.way):
            return None
        return self.runs[0]

    @cached_property
    def application(self) -> Application | None:
        """The application object that is run, bound at module level."""
        made = find_applications(self.file)
        served = self.runs[0].application if self.runs else ""
        if dash := dash_application(self.project, served.removesuffix(".server")):
            return dash
        for application in made:
            if application.name == served:
                return application
        return foreign_application(self.file, served) if served else None

    @cached_property
    def made(self) -> Application | None:
        """The application object that the main block makes, where module level has none."""
        plain = {Runner.DASH, Runner.SOCKETIO}.isdisjoint(run.runner for run in self.runs)
        if self.application is not None or self.step is None or not plain:
            return None
        return application_made(self.file, self.step.block.body, self.runs[0].application)

    @cached_property
    def command_line(self) -> CommandLine | None:
        """The argparse parser that the main block makes."""
        block = self.step.block if self.step else next(iter(self.guards), None)
        if block is None or (self.step is None and len(self.guards) != 1):
            return None
        name = self.application.flask if self.application else ""
        return find_command_line(self.file, block.body, name)

    @cached_property
    def kept_parser(self) -> KeptParser:
        """How the script gets at its command line, if it was migrated and keeps its parser."""
        return find_kept_parser(self.file)

    @cached_property
    def hook(self) -> StartUpHook | None:
        """The start-up hook, if the script has one already."""
        return find_hook(self.project)

    @cached_property
    def main(self) -> MainBlock | None:
        """The main block with the role of each statement; None unless it runs the app directly."""
        if self.direct_run is None or self.step is None:
            return None
        hooks = frozenset({self.hook.name} if self.hook else ())
        main = classify(self.file, self.step, self.direct_run, self.command_line, self.names, hooks)
        modules = self.project.modules
        dynamic = uses_dynamic_names(self.file.tree)
        around = Surroundings(self.names, self.imports, self.command_line, modules, dynamic)
        return promote(main, around)
