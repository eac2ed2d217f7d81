import argparse
import functools
import sys

from flask import Flask
from waitress import serve

app = Flask(__name__)
app.config.from_pyfile("config.py")
cache = {}


@app.route("/")
def index():
    return str(len(cache))


def warm_up():
    cache["a"] = 1


def make_parser():
    """The parser of the script's options."""
    parser = argparse.ArgumentParser(prog="server.py")
    parser.add_argument("--debug", action="store_true")
    return parser


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global args

    args = make_parser().parse_args(app.config["ARGS"])
    if not args.debug:
        warm_up()


if __name__ == "__main__":
    app.config["ARGS"] = sys.argv[1:]
    init_app()
    if args.debug:
        # The reloader would warm it up twice.
        app.run(debug=True)
    else:
        serve(app)
