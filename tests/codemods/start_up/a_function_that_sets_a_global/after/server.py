import functools

from flask import Flask

app = Flask(__name__)


model = None


def load_model(path):
    global model
    model = open(path).read()


@app.route("/")
def index():
    return model


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    # The big one.
    load_model("model.txt")


if __name__ == "__main__":
    init_app()

    app.run(threaded=True)
