from flask import Flask


class Database:
    def create_all(self):
        """Nothing to create."""


database = Database()


def create_app(path):
    app = Flask(__name__)
    app.config["SHOP_PATH"] = path
    return app
