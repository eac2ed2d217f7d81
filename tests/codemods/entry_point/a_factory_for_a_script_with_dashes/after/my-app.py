import functools

from flask import Flask

application = Flask(__name__)
names = []


@application.route("/")
def index():
    return {"names": names}


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    names.append("Ada")


if __name__ == "__main__":
    init_app()
    application.run()
