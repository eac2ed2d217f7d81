"""What a codemod is given and what it returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from uncork.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

    from uncork.analysis.facts import Facts
    from uncork.diagnostics import Diagnostic
    from uncork.source.edit import Edit


NORMALISED = 10
"""The ORDER from which codemods see scripts of one shape: those below it make that shape."""


@dataclass(frozen=True)
class MigrationOptions:
    """What the user asked of a migration.

    Args:
        module: the entry-point module's name, without ``.py``.
        factory: the application factory's name.
        explicit: whether the user named the two.
    """

    module: str = "wsgi"
    factory: str = "create_app"
    explicit: bool = False

    @classmethod
    def from_entry(cls, entry: str | None) -> MigrationOptions:
        """The options for ``--entry MODULE:FACTORY``.

        Raises:
            UsageError: it has another form.
        """
        if entry is None:
            return cls()
        module, _, factory = entry.partition(":")
        if not (module.isidentifier() and factory.isidentifier()):
            raise UsageError(
                f"--entry {entry} is not of the form MODULE:FACTORY", hint="--entry wsgi:create_app"
            )
        return cls(module, factory, explicit=True)


@dataclass(frozen=True)
class Rewrite:
    """What a codemod wants: nothing is changed unless every codemod has its way.

    Args:
        edits: to the script.
        files: whole contents of files that are new or replaced, by path.
        diagnostics: what it declines (then the plan is blocked), and what it notes.
        entry: the import string for servers, from the codemod that writes it.
    """

    edits: tuple[Edit, ...] = ()
    files: Mapping[PurePosixPath, bytes] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    entry: str = ""


class Codemod(Protocol):
    """A module of this package."""

    ORDER: int

    def rewrite(self, facts: Facts, options: MigrationOptions) -> Rewrite:
        """The edits, files and diagnostics for a project in its present state."""
        ...
