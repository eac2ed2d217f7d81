import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.model


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=argparse.FileType("w"))
    args = parser.parse_args()
    app.run()
