import functools
import os

from shop import create_app

app = create_app(os.environ.get("SHOP_CONFIG", "production"))


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    with app.app_context():
        app.logger.info("starting")


if __name__ == "__main__":
    init_app()
    app.run()
