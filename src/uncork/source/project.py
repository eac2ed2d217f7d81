"""The user's project: its files as bytes, immutable."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from uncork.source.file import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import PurePosixPath


@dataclass(frozen=True)
class Project:
    """What uncork knows of a project, taken once from disk and never changed.

    Args:
        script: the script that runs the app, relative to the project's folder.
        contents: path to bytes, of every Python file and of the files that name
            requirements; paths are relative to the project's folder.
        other_names: names of the remaining files and folders beside the script, so
            that a new file never takes a name that is in use.
        prefix: what stands in front of paths when they are shown to people.
        above: path to bytes of the files in the folders above, up to the repository's
            root, that name requirements: they are read, and never changed.
        known: sources of an earlier state of the project; those whose bytes are the same
            are taken from there, since parsing is most of what a plan costs.
    """

    script: PurePosixPath
    contents: Mapping[PurePosixPath, bytes]
    other_names: frozenset[str] = field(default=frozenset())
    prefix: str = ""
    above: Mapping[PurePosixPath, bytes] = field(default_factory=dict)
    known: Mapping[PurePosixPath, SourceFile] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "contents", MappingProxyType(dict(self.contents)))

    @cached_property
    def _sources(self) -> dict[PurePosixPath, SourceFile]:
        return {
            path: self._source(path, content)
            for path, content in self.contents.items()
            if path.suffix == ".py" or path == self.script
        }

    def _source(self, path: PurePosixPath, content: bytes) -> SourceFile:
        known = self.known.get(path)
        if known is not None and known.content == content:
            return known
        return SourceFile(path, content, self.prefix)

    @property
    def main(self) -> SourceFile:
        """The script that runs the app."""
        return self._sources[self.script]

    def sources(self) -> Iterator[SourceFile]:
        """Every Python file, the script first, the others by path."""
        yield self.main
        yield from (self._sources[path] for path in sorted(self._sources) if path != self.script)

    def parsed(self, *words: str) -> Iterator[SourceFile]:
        """The Python files that parse: one that does not is no module of the running app.

        Args:
            words: only the script and files that mention one of them; without any, all.

        Raises:
            SourceError: the script itself can't be parsed.
        """
        self.main.tree  # noqa: B018 - raises
        yield from (
            source
            for source in self.sources()
            if (not words or source is self.main or source.mentions(*words)) and source.parses
        )

    def source(self, path: PurePosixPath) -> SourceFile | None:
        """The Python file at a path, if there is one."""
        return self._sources.get(path)

    @cached_property
    def modules(self) -> frozenset[str]:
        """The top-level names of the modules and packages beside the script."""
        beside = [
            path.relative_to(self.script.parent)
            for path in self.contents
            if path.suffix == ".py" and path.is_relative_to(self.script.parent)
        ]
        return frozenset(path.parts[0].removesuffix(".py") for path in beside)

    def taken(self, name: str) -> bool:
        """Whether a file, folder or module beside the script has this name."""
        folder = self.script.parent
        return name in self.other_names or folder / name in self.contents

    def free_module(self, names: Sequence[str]) -> PurePosixPath:
        """The first of some names, then of the last one with numbers, that nothing beside has."""
        numbered = (f"{names[-1]}_{number}" for number in range(2, 1000))
        free = (n for n in (*names, *numbered) if not (self.taken(n) or self.taken(f"{n}.py")))
        return self.script.parent / f"{next(free)}.py"

    def with_files(self, changed: Mapping[PurePosixPath, bytes]) -> Project:
        """The project with some files replaced or added; itself, if their bytes stay."""
        if all(self.contents.get(path) == content for path, content in changed.items()):
            return self
        return replace(self, contents={**self.contents, **changed}, known=self._sources)
