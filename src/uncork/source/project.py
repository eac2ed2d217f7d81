"""The user's project: its files as bytes, immutable."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from uncork.source.file import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
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
    """

    script: PurePosixPath
    contents: Mapping[PurePosixPath, bytes]
    other_names: frozenset[str] = field(default=frozenset())
    prefix: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "contents", MappingProxyType(dict(self.contents)))

    @cached_property
    def _sources(self) -> dict[PurePosixPath, SourceFile]:
        return {
            path: SourceFile(path, content, self.prefix)
            for path, content in self.contents.items()
            if path.suffix == ".py" or path == self.script
        }

    @property
    def main(self) -> SourceFile:
        """The script that runs the app."""
        return self._sources[self.script]

    def sources(self) -> Iterator[SourceFile]:
        """Every Python file, the script first, the others by path."""
        yield self.main
        yield from (self._sources[path] for path in sorted(self._sources) if path != self.script)

    def source(self, path: PurePosixPath) -> SourceFile | None:
        """The Python file at a path, if there is one."""
        return self._sources.get(path)

    def taken(self, name: str) -> bool:
        """Whether a file, folder or module beside the script has this name."""
        folder = self.script.parent
        return name in self.other_names or folder / name in self.contents

    def with_files(self, changed: Mapping[PurePosixPath, bytes]) -> Project:
        """The project with some files replaced or added."""
        return replace(self, contents={**self.contents, **changed})
