import argparse
import functools

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    return {"size": app.config["SIZE"], "limit": app.config["LIMIT"]}


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    app.config["LIMIT"] = app.config["SIZE"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=app.config["SIZE"])
    args = parser.parse_args()
    app.config["SIZE"] = args.size
    init_app()
    app.run()
