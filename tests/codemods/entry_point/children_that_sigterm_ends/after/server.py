import functools
import multiprocessing

from flask import Flask

app = Flask(__name__)
worker = None


def work():
    while True:
        pass


@app.route("/")
def index():
    return str(worker.is_alive())


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global worker

    worker = multiprocessing.Process(target=work, daemon=True)
    worker.start()


if __name__ == "__main__":
    init_app()
    app.run()
