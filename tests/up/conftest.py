"""The same real servers as in tests/serve."""

from __future__ import annotations

import pytest
from tests.serve.conftest import serve

__all__ = ["clean_env", "serve"]


@pytest.fixture
def clean_env(clean_env: dict[str, str]) -> dict[str, str]:
    """Without what makes coverage follow a child.

    `uncork up` verifies, and an app that writes a file of coverage's outside the
    project is rightly "not proved": isolation takes that file away.
    """
    return {name: value for name, value in clean_env.items() if not name.startswith("COVERAGE_")}
