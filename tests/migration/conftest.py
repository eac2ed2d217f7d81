"""The same real servers as in tests/serve."""

from __future__ import annotations

from tests.serve.conftest import serve

__all__ = ["serve"]
