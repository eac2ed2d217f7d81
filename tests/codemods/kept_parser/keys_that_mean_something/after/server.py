import argparse
import functools
import sys

from flask import Flask
from flask_caching import Cache

from settings import Production

app = Flask(__name__)
app.config["LIMIT"] = 5
cache = Cache()


@app.route("/")
def index():
    return str((args.testing, args.app, args.limit, args.cache_type, args.run_slow, args.title))


def set_up():
    app.config.from_object(Production)


def make_parser():
    """The parser of the script's options."""
    parser = argparse.ArgumentParser(prog="server.py")
    parser.add_argument("--testing", action="store_true")
    parser.add_argument("--app", default="shop")
    parser.add_argument("--limit", type=int, default=1)
    parser.add_argument("--cache-type", default="simple")
    parser.add_argument("--run-slow", action="store_true")
    parser.add_argument("--title", default="Shop")
    return parser


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global args

    args = make_parser().parse_args(app.config["ARGS"])
    set_up()


if __name__ == "__main__":
    app.config["ARGS"] = sys.argv[1:]
    init_app()
    app.run()
