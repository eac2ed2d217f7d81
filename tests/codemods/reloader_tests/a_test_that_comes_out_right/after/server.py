import functools
import os

from flask import Flask

app = Flask(__name__)


def start():
    app.config["STARTED"] = True


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    if not app.debug or os.environ.get("WERKZEUG_RUN_MAIN") == "true":
        start()


if __name__ == "__main__":
    init_app()
    app.run(debug=True)
