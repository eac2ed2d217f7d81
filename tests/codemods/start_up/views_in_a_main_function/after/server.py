import functools

from flask import Flask

app = Flask(__name__)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    visits = []
    separator = ", "

    @app.route("/<name>")
    def index(name):
        visits.append(name)
        return separator.join(visits)


def main(port=5300):
    init_app()

    app.run(port=port)


if __name__ == "__main__":
    main()
