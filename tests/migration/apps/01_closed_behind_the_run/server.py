import os
import sqlite3

from flask import Flask, jsonify

app = Flask(__name__)
db = None


class Session:
    def __init__(self, connection):
        self.connection = connection

    def close(self):
        self.connection.close()
        print("The session is closed.", flush=True)


class Database:
    def __init__(self, name):
        self.session = Session(sqlite3.connect(name, check_same_thread=False))
        self.session.connection.execute("CREATE TABLE guests (name TEXT)")

    def add(self, name):
        self.session.connection.execute("INSERT INTO guests VALUES (?)", (name,))

    def names(self):
        return [name for (name,) in self.session.connection.execute("SELECT name FROM guests")]


@app.route("/")
def index():
    return jsonify(db.names())


@app.route("/add/<name>")
def add(name):
    db.add(name)
    return jsonify(len(db.names()))


if __name__ == "__main__":
    db = Database(os.environ.get("DATABASE", ":memory:"))
    app.run(port=int(os.environ["PORT"]))
    db.session.close()
