import argparse
import functools
import sys

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    return f"{options.model} {options.names}"


def parse_options(argv=None):
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="server.py", description="A model")
    parser.add_argument("model")
    parser.add_argument("--names", nargs="+", default=[])
    parser.add_argument("--port", type=int, default=5000)
    found = parser.parse_args(argv)
    found.model = found.model.lower()
    return found


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global options

    options = parse_options(app.config["ARGS"])


if __name__ == "__main__":
    app.config["ARGS"] = sys.argv[1:]
    init_app()
    app.run(port=options.port)
