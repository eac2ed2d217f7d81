from flask import Flask

import atexit
import database
import functools

app = Flask(__name__)
store = database.Store()


@app.route("/")
def index():
    return store.session.name


def close_app():
    """Undo what the start-up did, when the process ends."""
    store.session.close()  # whichever it is by then


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    store.open()
    atexit.register(close_app)


if __name__ == "__main__":
    init_app()
    app.run()
