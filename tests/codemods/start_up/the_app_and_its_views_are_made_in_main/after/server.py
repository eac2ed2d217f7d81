import functools
import sys

from flask import Flask


@functools.cache
def make_app():
    """Make the app and what it needs, once in each process."""
    app = Flask(__name__)
    visits = 0

    @app.route("/")
    def index():
        nonlocal visits
        visits += 1
        return str(visits)

    return app


def main():
    app = make_app()

    print("ready")
    app.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
