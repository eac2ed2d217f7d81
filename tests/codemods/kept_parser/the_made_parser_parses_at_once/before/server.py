import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.model


def build():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    return parser


if __name__ == "__main__":
    args = build().parse_args()
    app.run()
