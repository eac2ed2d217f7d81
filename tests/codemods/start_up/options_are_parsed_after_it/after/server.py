import argparse
import functools

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    return folder.format(app.config["TITLE"])


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global folder

    folder = open("folder.txt").read()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--title", default=app.config["TITLE"])
    args = parser.parse_args()
    app.config.update(TITLE=args.title)
    init_app()

    app.run()
