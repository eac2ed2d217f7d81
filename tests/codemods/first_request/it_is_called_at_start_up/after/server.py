import functools

from flask import Flask

app = Flask(__name__)
tables = []


# The tables must be there.
def create_tables():
    tables.append("prices")


def fill_tables():
    tables.append("rows")


@app.route("/")
def index():
    return f"{tables}"


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    tables.append("first")
    with app.app_context():
        create_tables()
        fill_tables()


if __name__ == "__main__":
    init_app()
    # And off it goes.
    app.run()
