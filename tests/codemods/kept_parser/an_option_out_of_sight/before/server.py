import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return app.config["SIZE"]


def add_options(parser):
    parser.add_argument("--size", default="3")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    add_options(parser)
    args = parser.parse_args()
    app.config["SIZE"] = args.size
    app.run()
