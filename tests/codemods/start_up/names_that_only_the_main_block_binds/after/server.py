import functools

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return f"{count} {lines[0]} {total}"


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global count, lines, total

    lines = open("guests.txt").read().splitlines()  # read once
    if (count := len(lines)) > 100:
        lines = lines[:100]
    total = 0
    del total
    total = sum(len(line) for line in lines)
    try:
        import ujson as json
    except ImportError as error:
        import json


if __name__ == "__main__":
    init_app()
    app.run()
