"""uncork: from ``python server.py --opt`` to production in one command, and back."""

from __future__ import annotations

__version__ = "0.1.0"
