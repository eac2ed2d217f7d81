import functools
import sys

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return f"{Box.size} {rest}"


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global Box, a, b, c, kind, length, rest, size

    size = 3

    class Box:
        size = size

    match sys.platform.split("-"):
        case ["win32", *rest]:
            kind = "windows"
        case [kind, *rest]:
            pass
    if (length := len(kind)) > 5:
        print("long", length)
    try:
        import lxml.etree as etree
    except ImportError as error:
        etree = None
        print(error)
    a, (b, *c) = 1, (2, 3, 4)
    del a, b


if __name__ == "__main__":
    init_app()
    app.run()
