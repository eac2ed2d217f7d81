"""An app that holds 200 MB of Python objects, as one with a model or a table in memory does."""

from __future__ import annotations

from flask import Flask

ROWS = [(number, f"row {number}") for number in range(1_500_000)]

app = Flask(__name__)


@app.route("/")
def row() -> str:
    """Reads a few rows."""
    return str(ROWS[::100_000])


if __name__ == "__main__":
    app.run()
