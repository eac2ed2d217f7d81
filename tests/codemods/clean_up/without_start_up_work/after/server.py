import atexit
import functools

from flask import Flask

app = Flask(__name__)
db = open('db')


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    atexit.register(db.close)


if __name__ == "__main__":
    init_app()
    app.run()
