import argparse
import functools
import os
import sys

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    return open(app.config["FILE"]).read()


def show_version():
    print("1.0")


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    if not os.path.exists(app.config["FILE"]):
        sys.exit(f"{app.config['FILE']} does not exist")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", default=app.config["FILE"])
    parser.add_argument("--version", action="store_true")
    args = parser.parse_args()
    app.config.update(FILE=args.file)
    if args.version:
        show_version()
        sys.exit(0)
    init_app()
    app.run()
