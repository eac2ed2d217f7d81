import atexit
import functools

from flask import Flask

app = Flask(__name__)


@functools.lru_cache(maxsize=1)
def model():
    return {"pear": 3}


@app.route("/")
def index():
    return model()


def close_app():
    """Undo what the start-up did, when the process ends."""
    model.cache_clear()


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    model()  # warm
    app.extensions["prices"] = model()
    atexit.register(close_app)


if __name__ == "__main__":
    init_app()
    app.run()
