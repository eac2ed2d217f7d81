import atexit
import functools
import threading

from flask import Flask

app = Flask(__name__)
stop = threading.Event()


@app.route("/")
def index():
    return str(stop.is_set())


def end():
    stop.set()
    app.worker.join()


def close_app():
    """Undo what the start-up did, when the process ends."""
    end()


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    app.worker = threading.Thread(
        target=stop.wait,
        name="worker",
        daemon=True,
    )
    app.worker.start()
    atexit.register(close_app)


if __name__ == "__main__":
    init_app()
    app.run()
