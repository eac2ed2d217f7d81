"""How many processors this process may use: what ``--processes auto`` means."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PROC = Path("/proc/self/cgroup")
_CGROUPS = Path("/sys/fs/cgroup")


def usable_cpus(table: Path = _PROC, root: Path = _CGROUPS) -> int:
    """The processors that the process may run on, and no more than its quota of time is worth.

    A container of one and a half processors counts as two: the second process
    has half of one, which is more than nothing.

    Args:
        table: the process's control groups, cgroups(7).
        root: where their files are.
    """
    quota = _quota(table, root)
    cpus = len(os.sched_getaffinity(0))
    return cpus if quota is None else max(1, min(cpus, math.ceil(quota)))


def _quota(table: Path, root: Path) -> float | None:
    """The tightest quota, in processors, of the process's groups and those around them."""
    try:
        lines = table.read_text().splitlines()
    except OSError:
        return None
    found: list[float] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            found += _each(root, path, _second_version)
        elif "cpu" in controllers.split(","):
            found += _each(root / "cpu", path, _first_version)
    return min(found, default=None)


def _each(root: Path, path: str, read: Callable[[Path], float | None]) -> list[float]:
    """The quotas of a group and of those around it; in a container only the outermost may show."""
    group = root / path.strip("/")
    groups = [group, *group.parents][: len(group.parts) - len(root.parts) + 1]
    return [quota for each in groups if (quota := read(each)) is not None]


def _second_version(group: Path) -> float | None:
    """``cpu.max`` of Linux's cgroup-v2 documentation: ``max 100000``, ``150000 100000``."""
    try:
        quota, period = (group / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None


def _first_version(group: Path) -> float | None:
    """``cpu.cfs_quota_us`` of Linux's sched-bwc documentation; -1 is none."""
    try:
        quota = int((group / "cpu.cfs_quota_us").read_text())
        return quota / int((group / "cpu.cfs_period_us").read_text()) if quota > 0 else None
    except (OSError, ValueError, ZeroDivisionError):
        return None
