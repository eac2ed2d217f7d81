import functools

from flask import Flask
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.wsgi import WSGIContainer

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
    http_server = HTTPServer(WSGIContainer(app))
    http_server.listen(5000, address="127.0.0.1")
    print("listening")
    IOLoop.instance().start()
    print("bye")
