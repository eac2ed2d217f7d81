from flask import Flask
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.wsgi import WSGIContainer

app = Flask(__name__)
table = {}


@app.route("/")
def index():
    return table


if __name__ == "__main__":
    table["answer"] = 42
    http_server = HTTPServer(WSGIContainer(app))
    http_server.listen(5000, address="127.0.0.1")
    print("listening")
    IOLoop.instance().start()
    print("bye")
