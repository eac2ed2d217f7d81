import functools

from gevent import monkey

monkey.patch_all()

from flask import Flask
from gevent.pywsgi import WSGIServer

app = Flask(__name__)
prices = {}


@app.route("/")
def index():
    return prices


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    prices["tea"] = 3


if __name__ == "__main__":
    port = 5000
    # Everybody in the house may see it.
    http_server = WSGIServer(("0.0.0.0", port), app)
    init_app()
    print("serving on", port)
    http_server.serve_forever()
