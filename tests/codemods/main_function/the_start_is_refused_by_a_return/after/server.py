import functools
import sys

from flask import Flask

app = Flask(__name__)
shelf = []


@app.route("/")
def index():
    return ", ".join(shelf)


def load():
    shelf.append("a book")
    return bool(shelf)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    if not load():
        sys.exit(1)


def main():
    init_app()
    app.run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
