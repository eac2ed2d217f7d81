import functools

from flask import Flask
from werkzeug.serving import run_simple

app = Flask(__name__)
table = {}


@app.route("/")
def index():
    return table


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    table["answer"] = 42


if __name__ == "__main__":
    init_app()
    run_simple("localhost", 5000, app, use_reloader=True)
