"""waitress for an app whose interpreter may have another one, or none."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from uncork.errors import DeclinedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

OLDEST, END = (3, 0, 1), (3, 1)
"""The range of pyproject.toml, which a wheel does not carry; a test holds them equal."""


@dataclass(frozen=True)
class Waitress:
    """The waitress that will serve.

    Args:
        version: as its metadata says, ``3.0.2``; empty if that is not there.
        drains: whether the adapter knows this version.
    """

    version: str
    drains: bool


class OnePackage:
    """A finder (PEP 451) of exactly one package, for when everything else has failed to.

    The folder that holds it stays off sys.path: it is uncork's own
    site-packages, and the app must not find anything else there.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self._name = name
        self._folder = folder

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - the finder protocol
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """The package's spec, if it is asked for (PEP 451)."""
        if fullname != self._name:
            return None
        return PathFinder.find_spec(fullname, [str(self._folder)])


def provide_waitress(folder: str | None) -> Waitress:
    """See to it that ``import waitress`` works: the app's own, else the one beside uncork.

    Args:
        folder: the folder that holds uncork's waitress; None, the one that holds uncork.

    Raises:
        DeclinedError: there is none.
    """
    spec = importlib.util.find_spec("waitress")
    if spec is None:
        home = Path(folder) if folder else Path(__file__).parents[2]
        sys.meta_path.append(OnePackage("waitress", home))
        spec = importlib.util.find_spec("waitress")
    if spec is None or spec.origin is None:
        raise DeclinedError(
            f"{sys.executable} can't import waitress, and there is none beside uncork",
            hint=f"{sys.executable} -m pip install waitress",
        )
    version = _version(Path(spec.origin).parents[1])
    return Waitress(version, drains=OLDEST <= _numbers(version) < END)


def _version(folder: Path) -> str:
    """The version by the name of its metadata: importlib.metadata would cost 20 ms at start."""
    for name in os.listdir(folder):  # noqa: PTH208 - names are all that is needed
        if found := re.fullmatch(r"waitress-([^-]+)(-py[\d.]+)?\.(dist|egg)-info", name):
            return found[1]
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
