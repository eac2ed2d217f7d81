"""Sizes, counts and spans as people type them. Pure."""

from __future__ import annotations

import re

_UNITS = {"": 0, "K": 1, "M": 2, "G": 3}


def byte_size(text: str) -> int:
    """A number of bytes: ``100M``, ``1G``, ``512K``, ``64000``; 1K is 1024."""
    found = re.fullmatch(r"(\d{1,15})\s*([KMG]?)(?:i?B)?", text.strip(), re.IGNORECASE | re.ASCII)
    if not found or int(found[1]) == 0:
        raise ValueError(f"{text!r} is not a size: it is a number of bytes, or such as 100M or 1G")
    return int(found[1]) * int(1024 ** _UNITS[found[2].upper()])


def positive_seconds(text: str) -> float:
    """A time span that is longer than nothing."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise ValueError(f"{text!r} is not a number of seconds above 0")
    return value


def connection_count(text: str) -> int:
    """How many connections may be open."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(f"{text!r} is not a number of connections: it is a whole number from 1 up")
    return int(text)
