import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.model


def parse(line=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    return parser.parse_args(line)


if __name__ == "__main__":
    args = parse()
    app.run()
