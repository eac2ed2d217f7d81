import atexit
import contextlib
import functools
import tempfile

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return folder


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global folder, stack

    stack = contextlib.ExitStack()
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    stack.enter_context(open("log.txt", "w"))
    atexit.register(stack.close)


if __name__ == "__main__":
    init_app()
    print(f"files are in {folder}")
    app.run()
