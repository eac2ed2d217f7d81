import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.model


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default=argparse.SUPPRESS)
    args = parser.parse_args()
    if not hasattr(args, "model"):
        args.model = "none"
    app.run()
