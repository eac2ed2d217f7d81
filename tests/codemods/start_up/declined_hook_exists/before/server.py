import functools

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return table + more


@functools.cache
def init_app():
    global table
    table = open("t").read()


if __name__ == "__main__":
    init_app()
    more = open("m").read()
    app.run()
