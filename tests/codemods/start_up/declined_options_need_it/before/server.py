import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.title + names[0]


if __name__ == "__main__":
    names = open("names").read().split()
    parser = argparse.ArgumentParser()
    parser.add_argument("--title", default="a")
    parser.add_argument("--name", choices=names)
    args = parser.parse_args()
    app.run()
