import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.model


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    group = parser.add_argument_group("models")
    group.add_argument("model", nargs="?")
    args = parser.parse_args()
    if not args.model:
        print(group.title)
        args.model = group.description
    app.run()
