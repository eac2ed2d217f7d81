import argparse
import os
import sys

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return open(args.file).read()


def show_version():
    print("1.0")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", default="guests.txt")
    parser.add_argument("--version", action="store_true")
    args = parser.parse_args()
    if args.version:
        show_version()
        sys.exit(0)
    if not os.path.exists(args.file):
        sys.exit(f"{args.file} does not exist")
    app.run()
