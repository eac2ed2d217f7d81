"""What the tests of units share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

import pytest

from uncork.analysis.facts import Facts
from uncork.service.account import Account
from uncork.service.hardening import Needs
from uncork.service.names import Names
from uncork.service.unit import UnitSpec
from uncork.source.project import Project

MakeSpec = Callable[..., UnitSpec]
MakeFacts = Callable[[str], Facts]


@pytest.fixture
def spec() -> MakeSpec:
    """A specification like any other, but for what is given."""

    def make(**changes: Any) -> UnitSpec:
        values: dict[str, Any] = {
            "names": Names("shop"),
            "command": ("/srv/shop/.venv/bin/python", "-m", "uncork.serve", "/srv/shop/server.py"),
            "folder": "/srv/shop",
            "host": "127.0.0.1",
            "port": 5300,
            "account": Account("ada", "ada", "it runs as ada"),
            "needs": Needs(writable=("/srv/shop",)),
            "settings": MappingProxyType({}),
        }
        return UnitSpec(**{**values, **changes})

    return make


@pytest.fixture
def facts_of() -> MakeFacts:
    """The facts of a script with this text."""

    def make(text: str) -> Facts:
        path = PurePosixPath("server.py")
        return Facts(Project(path, {path: text.encode()}))

    return make
