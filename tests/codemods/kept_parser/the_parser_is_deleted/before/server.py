import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.name


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", default="Ada")
    args = parser.parse_args()
    del parser
    app.run()
