import atexit
import functools
import threading

from flask import Flask

app = Flask(__name__)


stop = threading.Event()


@app.route("/")
def index():
    return "hello"


def close_app():
    """Undo what the start-up did, when the process ends."""
    stop.set()
    thread.join()


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global thread

    thread = threading.Thread(target=stop.wait, daemon=True)
    thread.start()
    atexit.register(close_app)


if __name__ == "__main__":
    init_app()
    app.run()
