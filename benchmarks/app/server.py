"""The app that every server of the benchmarks serves: a plain script.

``python server.py`` starts it; the servers that import it find ``server:app``.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flask import Flask, Response, jsonify, request

if TYPE_CHECKING:
    from collections.abc import Iterator

WAITING = 0.005
"""Seconds that a view waits, as for a database."""
COMPUTING = 0.002
"""Seconds of processor time that a view takes."""
CHUNK = b"x" * 65536
CHUNKS = 160
"""A download of 10 MiB."""

app = Flask(__name__)


@app.route("/")
def hello() -> str:
    """The smallest answer."""
    return "Hello, world!"


@app.route("/json")
def json() -> Response:
    """A small answer of the kind that most services give."""
    return jsonify(items=[{"id": number, "name": f"item {number}"} for number in range(10)])


@app.route("/wait")
def wait() -> str:
    """An answer that waits for something else."""
    time.sleep(WAITING)
    return "waited"


@app.route("/python")
def python() -> str:
    """An answer that computes, holding the interpreter."""
    started = time.thread_time()
    while time.thread_time() - started < COMPUTING:
        sum(range(200))
    return "computed"


@app.route("/upload", methods=["POST"])
def upload() -> str:
    """Reads a body whole."""
    return str(len(request.get_data()))


@app.route("/download")
def download() -> Response:
    """A body in pieces, its length known."""
    headers = {"Content-Length": str(len(CHUNK) * CHUNKS)}
    return Response((CHUNK for _ in range(CHUNKS)), headers=headers)


@app.route("/events")
def events() -> Response:
    """An event stream; each event says when it was written."""
    count = request.args.get("count", 10, int)
    pause = request.args.get("pause", 0.0, float)

    def written() -> Iterator[str]:
        for _ in range(count):
            if pause:
                time.sleep(pause)
            yield f"data: {time.monotonic():.6f}\n\n"

    return Response(written(), mimetype="text/event-stream")


@app.route("/slow")
def slow() -> str:
    """An answer that takes as long as it is told, in seconds."""
    time.sleep(request.args.get("seconds", 1.0, float))
    return "slow"


if __name__ == "__main__":
    app.run()
