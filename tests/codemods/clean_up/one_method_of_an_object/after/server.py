import atexit
import functools

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return db.read()


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global db

    db = open("db")
    # Flushes.
    atexit.register(db.close)


if __name__ == "__main__":
    init_app()
    app.run()
    print('bye')
