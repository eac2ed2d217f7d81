import atexit
from wsgiref.simple_server import make_server

from flask import Flask

app = Flask(__name__)
table = {}


@app.route("/")
def index():
    return table


if __name__ == "__main__":
    table["answer"] = 42
    server = make_server("127.0.0.1", 5000, app)
    server.timeout = 3
    server.serve_forever()
    server.server_close()
    table.clear()
