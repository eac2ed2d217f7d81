import functools

from flask import Flask
from gevent.pywsgi import WSGIServer

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
    server = WSGIServer(("127.0.0.1", 5000), app)
    server.serve_forever()
