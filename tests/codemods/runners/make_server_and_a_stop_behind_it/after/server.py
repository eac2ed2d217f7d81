import atexit
import functools
from wsgiref.simple_server import make_server

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
    atexit.register(table.clear)


if __name__ == "__main__":
    init_app()
    server = make_server("127.0.0.1", 5000, app)
    server.timeout = 3
    server.serve_forever()
    server.server_close()
