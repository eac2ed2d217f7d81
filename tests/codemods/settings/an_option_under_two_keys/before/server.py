import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return {"size": app.config["SIZE"], "limit": app.config["LIMIT"]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=3)
    args = parser.parse_args()
    app.config["SIZE"] = args.size
    app.config["LIMIT"] = args.size
    app.run()
