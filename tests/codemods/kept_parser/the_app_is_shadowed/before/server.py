import argparse

from flask import Flask

app = Flask(__name__)


def greet(app):
    return app + args.sign


class Page:
    app = "page"
    sign = property(lambda self: args.sign)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sign", default="!")
    args = parser.parse_args()
    app.run()
