import functools

from flask import Flask

app = Flask(__name__)


def pick(candidate):
    return candidate + 1


@app.route("/")
def index():
    return "picked"


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global port

    app.config["PICKED"] = pick(1)
    port = 5000
    port = pick(port)


if __name__ == "__main__":
    init_app()
    app.run(port=port)
