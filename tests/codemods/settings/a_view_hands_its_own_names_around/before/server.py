import argparse

from flask import Flask, render_template

app = Flask(__name__)


@app.route("/<name>")
def index(name):
    greeting = args.greeting
    return render_template("index.html", **locals())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--greeting", default="Hello")
    args = parser.parse_args()
    app.run()
