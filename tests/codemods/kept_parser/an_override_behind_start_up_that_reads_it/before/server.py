import argparse

from flask import Flask

app = Flask(__name__)


def connect():
    app.extensions["base"] = app.config.get("BASE", "memory")


@app.route("/")
def index():
    return app.extensions["base"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--base", default="file")
    args = parser.parse_args()
    connect()
    app.config["BASE"] = args.base
    app.run()
