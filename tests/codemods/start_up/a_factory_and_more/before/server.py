import os

from shop import create_app, database

if __name__ == "__main__":
    app = create_app(os.environ.get("SHOP", "shop.db"))
    with app.app_context():
        database.create_all()
    app.run(host="127.0.0.1")
