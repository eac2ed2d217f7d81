import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.model


if __name__ == "__main__":
    folder = "a"
    parser = argparse.ArgumentParser()
    parser.add_argument("model", default=folder, nargs="?")
    folder = "b"
    args = parser.parse_args()
    app.run()
