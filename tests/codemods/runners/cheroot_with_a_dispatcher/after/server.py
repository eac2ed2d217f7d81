import functools

from cheroot.wsgi import PathInfoDispatcher, Server
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
    dispatcher = PathInfoDispatcher({"/": app})
    server = Server(("0.0.0.0", 5000), dispatcher)
    server.start()
