import getopt
import sys

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return title


if __name__ == "__main__":
    title = "none"
    options, rest = getopt.getopt(sys.argv[1:], "t:")
    for name, value in options:
        if name == "-t":
            title = value
    app.run()
