import sys

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return f"{Box.size} {rest}"


if __name__ == "__main__":
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
    app.run()
