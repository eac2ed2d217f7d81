import sys

from flask import Flask


def chosen():
    return sys.argv[2:]


def main():
    app = Flask(__name__)
    greeting = sys.argv[1] if len(sys.argv) > 1 else "Hello"

    @app.route("/")
    def index():
        return f"{greeting} {chosen()}"

    app.run()


if __name__ == "__main__":
    main()
