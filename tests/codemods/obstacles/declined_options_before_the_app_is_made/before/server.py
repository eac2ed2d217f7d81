import argparse

from flask import Flask


def create_app(name):
    app = Flask(__name__)
    app.config["TITLE"] = name
    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", default="shop")
    args = parser.parse_args()
    app = create_app(args.name)
    app.run()
