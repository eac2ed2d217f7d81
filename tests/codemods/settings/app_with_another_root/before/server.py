import argparse

from flask import Flask

app = Flask("guests")


@app.route("/")
def index():
    return args.title


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--title", default="guests")
    args = parser.parse_args()
    app.run()
