import atexit
import functools
import threading

from flask import Flask

app = Flask(__name__)
stop = threading.Event()


@app.route("/")
def index():
    return str(stop.is_set())


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    threading.Thread(target=stop.wait, daemon=True).start()
    atexit.register(stop.set)


if __name__ == "__main__":
    init_app()
    app.run()
