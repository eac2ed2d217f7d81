import functools
import os

from flask import Flask

app = Flask(__name__)
jobs = []


def start():
    if os.environ.get("WERKZEUG_RUN_MAIN") != "true" or not jobs:
        print("nothing to do here")
    jobs.append("tick")


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    # The parent only watches files.
    if __name__ != "__main__" or os.environ.get("WERKZEUG_RUN_MAIN") == "true":
        start()
    jobs.append("tock")


if __name__ == "__main__":
    init_app()
    app.run(debug=True)
