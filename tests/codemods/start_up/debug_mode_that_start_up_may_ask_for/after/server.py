import functools

from flask import Flask
from flask_debugtoolbar import DebugToolbarExtension

app = Flask(__name__)


def load_key():
    return "not telling"


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    app.config["SECRET_KEY"] = load_key()
    app.debug = True
    DebugToolbarExtension(app)


if __name__ == "__main__":
    init_app()
    app.run()
