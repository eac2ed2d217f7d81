import functools

from dashboard import app

rows = []


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    rows.append(1)


if __name__ == "__main__":
    init_app()
    app.run()
