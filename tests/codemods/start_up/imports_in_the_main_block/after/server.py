import functools

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return str(math.pi)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global math

    import logging
    import math

    import routes
    import tasks

    logging.basicConfig(level=logging.INFO)
    tasks.start()


if __name__ == "__main__":
    init_app()
    import os

    from waitress import serve
    serve(app, port=int(os.environ.get("PORT", "8000")))
