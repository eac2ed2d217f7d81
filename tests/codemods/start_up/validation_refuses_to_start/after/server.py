import functools
import os
import sys

from flask import Flask

app = Flask(__name__)


def images():
    return f"{engine} images"


@app.route("/")
def index():
    return images()


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global engine

    engine = os.environ.get("ENGINE")
    if engine not in ("docker", "podman"):
        print("ENGINE must be docker or podman", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    init_app()

    # Nothing is served without one of them.
    app.run()
