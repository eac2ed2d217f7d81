import os
import sys

from flask import Flask

app = Flask(__name__)


def images():
    return f"{engine} images"


@app.route("/")
def index():
    return images()


if __name__ == "__main__":
    engine = os.environ.get("ENGINE")
    if engine not in ("docker", "podman"):
        print("ENGINE must be docker or podman", file=sys.stderr)
        sys.exit(1)

    # Nothing is served without one of them.
    app.run()
