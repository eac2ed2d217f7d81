"""A small guest book: greets by name and remembers who came."""

import argparse
import atexit
import functools
import sqlite3
from pathlib import Path

from flask import Flask, render_template

app = Flask(__name__)
app.config.from_pyfile("config.py")
database = Path(__file__).with_name("greeter.db")


class Greeter:
    """Knows how to greet, and writes down whom it greeted."""

    def __init__(self, limit):
        self.limit = limit
        self.connection = sqlite3.connect(database, check_same_thread=False)
        self.connection.execute("CREATE TABLE IF NOT EXISTS visits (name TEXT)")

    def greet(self, greeting, name):
        with self.connection:
            self.connection.execute("INSERT INTO visits VALUES (?)", (name,))
        return f"{greeting}, {name}!"

    def visitors(self):
        query = "SELECT name FROM visits ORDER BY rowid DESC LIMIT ?"
        return [name for (name,) in self.connection.execute(query, (self.limit,))]

    def close(self):
        self.connection.close()
        print("The guest book is closed.", flush=True)


@app.route("/")
def index():
    return render_template("index.html", visitors=greeter.visitors(), limit=greeter.limit)


@app.route("/hello/<name>")
def hello(name):
    greeting = greeter.greet(app.config["GREETING"], name)
    return greeting.upper() if app.config["SHOUT"] else greeting


@functools.cache
def init_app():
    global greeter
    # Opens the guest book; the views read it.
    greeter = Greeter(app.config["LIMIT"])
    atexit.register(greeter.close)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5310)
    parser.add_argument(
        "--greeting", default=app.config["GREETING"], help="how everyone is greeted"
    )
    parser.add_argument("--limit", type=int, default=app.config["LIMIT"], help="how many are shown")
    parser.add_argument(
        "--shout", action="store_true", default=app.config["SHOUT"], help="in capitals"
    )
    args = parser.parse_args()
    app.config.update(GREETING=args.greeting, LIMIT=args.limit, SHOUT=args.shout)
    init_app()
    app.run(host=args.host, port=args.port)
