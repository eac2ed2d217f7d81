import argparse
import functools
import sys

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


def directory(text):
    return text.rstrip("/")


@app.route("/")
def index():
    return str([args.model, args.names, args.mode, args.flag, args.folder, args.when, args.n, args.size])


def make_parser():
    """The parser of the script's options."""
    parser = argparse.ArgumentParser(prog="server.py")
    parser.add_argument("model")
    parser.add_argument("--names", nargs="+", default=["a", "b"])
    parser.add_argument("--mode", choices=["fast", "slow"], default="fast")
    parser.add_argument("--flag", type=bool, default=False)
    parser.add_argument("--folder", type=directory, default=".")
    parser.add_argument("--when", default=directory("now"))
    parser.add_argument("--n", type=int, required=True)
    parser.add_argument("--size", type=int)
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
