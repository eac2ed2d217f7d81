"""Where in the user's code something was called."""

from __future__ import annotations

import os
import sys
import sysconfig
from typing import TYPE_CHECKING

from uncork.errors import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep  # noqa: PTH100, PTH120
_LIBRARIES = tuple(
    sysconfig.get_paths()[name] + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib")
)
_PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def calling_place() -> Place | None:
    """The nearest line of the user's own code above this call; None, it is all libraries."""
    for frame in _frames(sys._getframe(1)):  # noqa: SLF001 - the only way to ask where we are
        name = frame.f_code.co_filename
        if _is_users(name):
            return Place(_short(name), frame.f_lineno)
    return None


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_users(name: str) -> bool:
    library = name.startswith((_OWN, "<", *_LIBRARIES)) or any(part in name for part in _PACKAGES)
    return not library


def _short(name: str) -> str:
    """The path as the user would type it here."""
    relative = os.path.relpath(name)
    return name if relative.startswith("..") else relative
