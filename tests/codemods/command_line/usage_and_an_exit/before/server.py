from sys import argv

from flask import Flask

app = Flask(__name__)
if len(argv) < 2:
    raise SystemExit(f"usage: {argv[0]} TITLE")
title = argv[1]


@app.route("/")
def index():
    return title


if __name__ == "__main__":
    app.run()
