import argparse

from flask import Flask

app = Flask(__name__)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=["a", "b"])
    return parser.parse_args()


@app.route("/")
def index():
    return parse().model


if __name__ == "__main__":
    args = parse()
    app.config["MODEL"] = args.model
    app.run()
