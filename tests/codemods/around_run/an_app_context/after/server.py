import functools

from flask import Flask

from shop import database

app = Flask(__name__)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    with app.app_context():
        database.create_all()


if __name__ == "__main__":
    init_app()
    app.run(debug=True)
