"""Starts, and fails at each request."""

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return app.config["NO_SUCH_KEY"]


if __name__ == "__main__":
    app.run(port=5430)
