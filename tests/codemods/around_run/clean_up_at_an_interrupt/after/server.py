import atexit
import functools
import sqlite3

from flask import Flask

app = Flask(__name__)
database = sqlite3.connect("shop.db", check_same_thread=False)


def close_app():
    """Undo what the start-up did, when the process ends."""
    database.commit()
    database.close()


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    atexit.register(close_app)


def main():
    init_app()
    app.run()


if __name__ == "__main__":
    main()
