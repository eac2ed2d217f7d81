import functools

from flask import Flask
from werkzeug.serving import is_running_from_reloader

app = Flask(__name__)
jobs = []


def start():
    if __name__ == "__main__" and not is_running_from_reloader():
        return
    jobs.append("tick")


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    start()


if __name__ == "__main__":
    init_app()
    app.run(debug=True)
