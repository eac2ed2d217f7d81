import functools

from flask import Flask

app = Flask(__name__)
names = []


@app.route("/")
def index():
    return str(names);


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    names.append("Ada");  # the first one


if __name__ == "__main__":
    init_app()
    app.run();
