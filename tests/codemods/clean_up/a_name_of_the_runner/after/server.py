import atexit
import functools

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


def close_app():
    """Undo what the start-up did, when the process ends."""
    open('log', 'w').write(str(port))


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global port

    port = 8000
    atexit.register(close_app)


if __name__ == "__main__":
    init_app()
    app.run(port=port)
