import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.title


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--title", default="a")
    args = parser.parse_args()
    app.config["title"] = args.title
    app.run()
