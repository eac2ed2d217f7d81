import functools
import pickle
import signal
import sys

from flask import Flask

app = Flask(__name__)
with open("model.pickle", "rb") as file:
    model = pickle.load(file)


@app.route("/")
def index():
    return str(model)


def leave(number, frame):
    sys.exit(0)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    signal.signal(signal.SIGTERM, leave)


if __name__ == "__main__":
    init_app()
    app.run(ssl_context="adhoc", threaded=False)
