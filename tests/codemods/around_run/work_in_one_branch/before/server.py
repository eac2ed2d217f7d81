import argparse

from flask import Flask
from waitress import serve

app = Flask(__name__)
cache = {}


@app.route("/")
def index():
    return str(len(cache))


def warm_up():
    cache["a"] = 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--debug", action="store_true")
    args = parser.parse_args()
    if args.debug:
        # The reloader would warm it up twice.
        app.run(debug=True)
    else:
        warm_up()
        serve(app)
