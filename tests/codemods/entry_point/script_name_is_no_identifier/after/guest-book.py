import functools

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return table


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global table

    table = open("t").read()


if __name__ == "__main__":
    init_app()
    app.run()
