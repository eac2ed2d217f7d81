import functools

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return a + b


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global a, b

    a = open("a").read()
    print("half way")
    b = open("b").read()


if __name__ == "__main__":
    print("starting")
    init_app()
    print("serving")
    app.run()
