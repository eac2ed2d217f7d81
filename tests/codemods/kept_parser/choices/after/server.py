import argparse
import functools
import sys

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    return args.title


def make_parser():
    """The parser of the script's options."""
    parser = argparse.ArgumentParser(prog="server.py")
    parser.add_argument("--title", choices=["a", "b"], default="a")
    return parser


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global args

    args = make_parser().parse_args(app.config["ARGS"])


if __name__ == "__main__":
    app.config["ARGS"] = sys.argv[1:]
    init_app()
    app.run()
