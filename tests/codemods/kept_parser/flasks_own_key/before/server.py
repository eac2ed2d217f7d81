import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.secret_key


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--secret-key", default="x")
    args = parser.parse_args()
    app.run()
