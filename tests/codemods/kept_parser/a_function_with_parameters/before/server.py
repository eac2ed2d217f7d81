import argparse
import sys

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.model


def parse(title, quiet=False):
    parser = argparse.ArgumentParser(title)
    parser.add_argument("model", default="x" if quiet else "y", nargs="?")
    return parser.parse_args(sys.argv[1:])


if __name__ == "__main__":
    args = parse("models")
    app.run()
