"""``python -m uncork`` is the ``uncork`` command."""

from __future__ import annotations

from uncork.cli import main

if __name__ == "__main__":
    main()
