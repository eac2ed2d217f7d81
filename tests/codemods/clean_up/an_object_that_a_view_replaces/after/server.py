import atexit
import functools

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    global db
    db = open('db')
    return db.read()


def close_app():
    """Undo what the start-up did, when the process ends."""
    db.close()


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global db

    db = open("db")
    atexit.register(close_app)


if __name__ == "__main__":
    init_app()
    app.run()
