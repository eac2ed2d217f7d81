"""sys.argv, read by hand."""

import getopt
import sys

from flask import Flask
from library import catalogue

app = Flask(__name__)
title = "none"
port = 5000


@app.route("/")
def index():
    return f"{title} {shout} {rest} {len(sys.argv) > 1} {catalogue.names()}\n"


if __name__ == "__main__":
    shout = False
    options, rest = getopt.getopt(sys.argv[1:], "t:p:s", ["title=", "port="])
    for name, value in options:
        if name in ("-t", "--title"):
            title = value
        elif name in ("-p", "--port"):
            port = int(value)
        elif name == "-s":
            shout = True
    app.run(port=port)
