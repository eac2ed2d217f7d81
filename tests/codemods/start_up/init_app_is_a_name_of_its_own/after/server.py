import functools

from flask import Flask

app = Flask(__name__)


def init_app():
    return "mine"


@app.route("/")
def index():
    return init_app() + table


@functools.cache
def start_app():
    """Do what the app needs before it serves, once in each process."""
    global table

    table = open("table").read()


if __name__ == "__main__":
    start_app()
    app.run()
