"""Reads a plan that ``uncork migrate --json`` has written down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from uncork.changes import plan_from_json
from uncork.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from uncork.changes import Plan


def load_plan(path: Path) -> Plan:
    """The plan in a file.

    Raises:
        UsageError: the file can't be read, or holds no plan.
    """
    hint = "make one: uncork migrate --json > plan.json"
    try:
        return plan_from_json(json.loads(path.read_bytes()))
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}", hint=hint) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} holds no plan: {error}", hint=hint) from error
