import argparse
import functools
import sys

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


def build(options):
    return options.size


@app.route("/")
def index():
    return str(vars(args)["size"])


def make_parser():
    """The parser of the script's options."""
    parser = argparse.ArgumentParser(prog="server.py")
    parser.add_argument("--size", type=int, default=1)
    parser.add_argument("--port", type=int, default=5000)
    return parser


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global args

    args = make_parser().parse_args(app.config["ARGS"])
    args.size = args.size * 2
    app.config.update(vars(args))


if __name__ == "__main__":
    app.config["ARGS"] = sys.argv[1:]
    init_app()
    build(args)
    app.run(port=args.port)
