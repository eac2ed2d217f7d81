"""A counter that is run at import."""

import atexit
import functools
import sqlite3

from flask import Flask

app = Flask(__name__)
database = sqlite3.connect("counter.db", check_same_thread=False)
database.execute("CREATE TABLE IF NOT EXISTS visits (name TEXT)")


@app.route("/")
def index():
    return greeting()


def greeting():
    return "hello"


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    # Nobody may write any more.
    atexit.register(database.close)


if __name__ == "__main__":
    # What the terminal sees.
    print("""Serving
  until Ctrl-C""")
    init_app()
    # Threads are on by default.
    app.run(
        port=5300,
        use_reloader=False,
    )
    print("closed")
