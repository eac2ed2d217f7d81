import os

from shop import create_app

app = create_app(os.environ.get("SHOP_CONFIG", "production"))

if __name__ == "__main__":
    with app.app_context():
        app.logger.info("starting")
    app.run()
