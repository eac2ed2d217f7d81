import atexit
import functools
import sys

from flask import Flask

app = Flask(__name__)
open_files = [open(__file__)]


@app.route("/")
def index():
    return "open"


def close_app():
    """Undo what the start-up did, when the process ends."""
    global open_files

    for file in open_files:
        file.close()
    open_files = None


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    atexit.register(close_app)


if __name__ == "__main__":
    init_app()
    app.run()
    print("closed")
    sys.exit(1)
    print("never")
