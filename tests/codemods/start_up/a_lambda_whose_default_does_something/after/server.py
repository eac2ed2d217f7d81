import functools

from flask import Flask

from counting import next_number

app = Flask(__name__)


@app.route("/")
def index():
    return str(next_number())


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global first

    first = lambda number=next_number(): number


if __name__ == "__main__":
    init_app()
    app.run()
