"""Everything that checks and codemods ask about a project, computed once for each state of it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from uncork.analysis.application import Application, find_applications, foreign_application
from uncork.analysis.hook import StartUpHook, find_hook
from uncork.analysis.main_block import MainBlock, classify
from uncork.analysis.options import CommandLine, find_command_line
from uncork.analysis.promotion import Surroundings, promote
from uncork.analysis.reach import reachable
from uncork.analysis.runner import RunnerCall, main_guards, runner_calls
from uncork.analysis.scopes import Names
from uncork.analysis.syntax import imports_of

if TYPE_CHECKING:
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
        """The script's names."""
        return Names(self.file.tree)

    @cached_property
    def imports(self) -> dict[str, str]:
        """The script's imports: local name to dotted name."""
        return imports_of(self.file.tree)

    @cached_property
    def runs(self) -> list[RunnerCall]:
        """The run calls, wherever they stand."""
        return runner_calls(self.file)

    @cached_property
    def guards(self) -> list[ast.If]:
        """The main guards."""
        return list(main_guards(self.file))

    @cached_property
    def direct_run(self) -> RunnerCall | None:
        """The run call that is a statement of the main block itself, if it is the only one."""
        if len(self.runs) != 1 or len(self.guards) != 1:
            return None
        call = self.runs[0].call
        for statement in self.guards[0].body:
            if isinstance(statement, ast.Expr) and statement.value is call:
                return self.runs[0]
        return None

    @cached_property
    def application(self) -> Application | None:
        """The application object that is run, bound at module level."""
        made = find_applications(self.file)
        served = self.runs[0].application if self.runs else ""
        for application in made:
            if application.name == served:
                return application
        return foreign_application(self.file, served) if served else None

    @cached_property
    def command_line(self) -> CommandLine | None:
        """The argparse parser that the main block makes."""
        if len(self.guards) != 1:
            return None
        name = self.application.name if self.application else ""
        return find_command_line(self.file, self.guards[0].body, name)

    @cached_property
    def hook(self) -> StartUpHook | None:
        """The start-up hook, if the script has one already."""
        return find_hook(self.project)

    @cached_property
    def main(self) -> MainBlock | None:
        """The main block with the role of each statement; None unless it runs the app directly."""
        if self.direct_run is None:
            return None
        hooks = frozenset({self.hook.name} if self.hook else ())
        main = classify(
            self.file, self.guards[0], self.direct_run, self.command_line, self.names, hooks
        )
        modules = self.project.modules
        return promote(main, Surroundings(self.names, self.imports, self.command_line, modules))
