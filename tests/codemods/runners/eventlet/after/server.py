import eventlet
import eventlet.wsgi
import functools
from flask import Flask

app = Flask(__name__)
started = []


@app.route("/")
def index():
    return f"{len(started)}"


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    started.append("now")


if __name__ == "__main__":
    init_app()
    sock = eventlet.listen(("127.0.0.1", 8090))
    eventlet.wsgi.server(sock, app)
