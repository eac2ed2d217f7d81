import functools

from flask import Flask, render_template

app = Flask(__name__)


@app.route("/")
def index():
    return render_template("index.html", **globals())


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global greeting, title

    title = "Guests"
    greeting = "Hello"


if __name__ == "__main__":
    init_app()
    app.run()
