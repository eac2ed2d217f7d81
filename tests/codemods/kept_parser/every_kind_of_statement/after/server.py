"""A shelf of books."""

import argparse
import functools
import sys

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")
shelf = []


@app.route("/")
def index():
    return f"{args.order}: {shelf}"


def load(path, limit):
    shelf.extend([path] * limit)


def make_parser():
    """The parser of the script's options."""
    # What can be shown.
    parser = argparse.ArgumentParser(
        prog="server.py",
        description="Shows a shelf.",
    )
    parser.add_argument("path", help="where the books are")
    order = parser.add_mutually_exclusive_group(required=True)
    order.add_argument("--title", dest="order", action="store_const", const="title")
    order.add_argument("--year", dest="order", action="store_const", const="year")
    limits = parser.add_argument_group("limits")
    limits.add_argument("--limit", type=int, choices=range(1, 4), default=2)
    commands = parser.add_subparsers(dest="command")
    show = commands.add_parser("show")
    show.add_argument("--tag", action="append")
    for colour in ("red", "blue"):
        parser.add_argument("--" + colour, action="store_true")
    parser.add_argument("--port", type=int, default=5000)
    parser.set_defaults(shelf="main")
    return parser


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global args

    import logging

    logging.basicConfig(level=logging.INFO)
    args = make_parser().parse_args(app.config["ARGS"])  # as ever

    print("loading", args.path)
    load(args.path, args.limit)


if __name__ == "__main__":
    app.config["ARGS"] = sys.argv[1:]
    init_app()
    app.run(port=args.port)
