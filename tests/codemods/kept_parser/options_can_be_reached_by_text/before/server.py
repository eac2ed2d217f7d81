import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.sign + str(globals()["args"].sign)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sign", default="!")
    args = parser.parse_args()
    app.run()
