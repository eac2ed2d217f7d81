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


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, leave)
    app.run(ssl_context="adhoc", threaded=False)
