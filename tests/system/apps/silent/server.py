"""Has a run call, and does not come to it."""

import sys

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "well"


if __name__ == "__main__":
    if "--really" not in sys.argv:
        sys.exit(0)
    app.run(port=5420)
