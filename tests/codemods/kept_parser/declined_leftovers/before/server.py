import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.model


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    args, rest = parser.parse_known_args()
    print("left over:", rest)
    app.run()
