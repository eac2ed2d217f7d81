import sys

from flask import Flask


def main():
    app = Flask(__name__)
    visits = 0

    @app.route("/")
    def index():
        nonlocal visits
        visits += 1
        return str(visits)

    print("ready")
    app.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
