import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.model


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    try:
        args = parser.parse_args()
    except SystemExit:
        print("try --help")
        raise
    app.run()
