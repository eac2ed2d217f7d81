import atexit
import functools

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return db.read()


def close_app():
    """Undo what the start-up did, when the process ends."""
    db.close()
    with open('log', 'a') as log:
        log.write('stopped')


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global db

    db = open("db")
    atexit.register(close_app)


if __name__ == "__main__":
    init_app()
    app.run()
    import sys
    sys.exit()
