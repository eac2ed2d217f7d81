import sys

from flask import Flask


def create_app(greeting):
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: greeting)
    return app


if __name__ == "__main__":
    app = create_app(sys.argv[1])
    app.run()
