"""Needs a setting that nobody makes."""

import os

from flask import Flask

app = Flask(__name__)
token = os.environ["NOBODY_SETS_THIS"]


@app.route("/")
def index():
    return "never"


if __name__ == "__main__":
    app.run(port=5410)
