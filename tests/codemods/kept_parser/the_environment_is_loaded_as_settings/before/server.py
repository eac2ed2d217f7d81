import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.model


if __name__ == "__main__":
    app.config.from_prefixed_env()
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    args = parser.parse_args()
    app.run()
