import atexit
import functools
import sqlite3

from flask import Flask

app = Flask(__name__)
database = None


@app.route("/")
def index():
    return str(database.total_changes)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global database

    # It is opened once.
    database = sqlite3.connect("shop.db", check_same_thread=False)
    # Nothing is lost.
    atexit.register(database.close)


if __name__ == "__main__":
    init_app()

    try:
        app.run(
            port=5300,  # everybody knows it
        )
    except KeyboardInterrupt:
        print("stopped")
