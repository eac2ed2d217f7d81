import functools
import os

from flask import Flask

app = Flask(__name__)
shelf = []


@app.route("/")
def index():
    return ", ".join(shelf)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    folder = "shelf"
    shelf.extend(os.listdir(folder))


def main():
    init_app()
    app.run()


if __name__ == "__main__":
    main()
