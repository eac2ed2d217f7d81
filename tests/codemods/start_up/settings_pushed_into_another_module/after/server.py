import argparse
import functools

import library
from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    return library.title()


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    library.files_dir = app.config["FILES_DIR"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--files-dir", default=app.config["FILES_DIR"])
    parser.add_argument("--port", type=int, default=5000)
    args = parser.parse_args()
    app.config.update(FILES_DIR=args.files_dir)
    init_app()
    app.run("0.0.0.0", args.port)
