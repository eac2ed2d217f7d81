import functools
import os

from shop import create_app, database


@functools.cache
def make_app():
    """Make the app and what it needs, once in each process."""
    app = create_app(os.environ.get("SHOP", "shop.db"))
    with app.app_context():
        database.create_all()

    return app


if __name__ == "__main__":
    app = make_app()
    app.run(host="127.0.0.1")
