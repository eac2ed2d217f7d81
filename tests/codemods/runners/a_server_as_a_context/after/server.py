import functools
from wsgiref import simple_server

from flask import Flask

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
    with simple_server.make_server("127.0.0.1", 5000, app) as server:
        print("serving on port", 5000)
        server.serve_forever()
