"""A counter that is run at import."""

import sqlite3

from flask import Flask

app = Flask(__name__)
database = sqlite3.connect("counter.db", check_same_thread=False)
database.execute("CREATE TABLE IF NOT EXISTS visits (name TEXT)")


@app.route("/")
def index():
    return greeting()


# What the terminal sees.
print("""Serving
  until Ctrl-C""")
# Threads are on by default.
app.run(
    port=5300,
    use_reloader=False,
)


def greeting():
    return "hello"


# Nobody may write any more.
database.close()
print("closed")
