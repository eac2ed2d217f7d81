import argparse
import atexit
import functools
import sys

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")
shelf = None


@app.route("/")
def index():
    return ", ".join(shelf)


def load(number):
    global shelf
    shelf = [f"book {n}" for n in range(number)]


def close_app():
    """Undo what the start-up did, when the process ends."""
    shelf.clear()


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    # They are read once.
    load(app.config["BOOKS"])
    atexit.register(close_app)


def main():
    """Serve the books."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5300)
    parser.add_argument("--books", type=int, default=app.config["BOOKS"], help="how many")
    args = parser.parse_args()
    app.config.update(BOOKS=args.books)

    init_app()
    count = len(shelf)
    print(f"{count} books")

    app.run(port=args.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
