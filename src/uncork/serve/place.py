"""Where in the user's code something was called."""

from __future__ import annotations

import os
import sys
import sysconfig
from typing import TYPE_CHECKING

from uncork.errors import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep  # noqa: PTH100, PTH120
_LIBRARIES = tuple(
    sysconfig.get_paths()[name] + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib")
)
_PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def calling_place() -> Place | None:
    """The nearest line of the user's own code above this call; None, it is all libraries."""
    return place_above(sys._getframe(1))  # noqa: SLF001 - the only way to ask where we are


def place_above(frame: FrameType | None) -> Place | None:
    """The nearest line of the user's own code at a frame or above it; None, there is none."""
    found = users_frame(frame)
    return None if found is None else Place(short(found.f_code.co_filename), found.f_lineno)


def users_frame(frame: FrameType | None) -> FrameType | None:
    """The nearest frame of the user's own code at a frame or above it."""
    for each in _frames(frame):
        if not stands_in_library(each.f_code.co_filename):
            return each
    return None


def innermost_place(traceback: TracebackType | None) -> Place | None:
    """The line of the user's own code that an exception came out of; None, there is none."""
    found = None
    while traceback is not None:
        if not stands_in_library(traceback.tb_frame.f_code.co_filename):
            found = traceback
        traceback = traceback.tb_next
    return found and Place(short(found.tb_frame.f_code.co_filename), found.tb_lineno)


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def stands_in_library(name: str) -> bool:
    """Whether a source file is Python's, a library's or uncork's, and not the user's own."""
    return name.startswith((_OWN, "<", *_LIBRARIES)) or any(part in name for part in _PACKAGES)


def is_own(name: str) -> bool:
    """Whether a source file is uncork's."""
    return name.startswith(_OWN)


def short(name: str) -> str:
    """The path as the user would type it here."""
    relative = os.path.relpath(name)
    return name if relative.startswith("..") else relative
