import functools

from flask import Flask

app = Flask(__name__)
shelf = None


@app.route("/")
def index():
    return str(shelf)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global shelf

    shelf = ["a book"]


def main():
    init_app()
    app.run()


if __name__ == "__main__":
    main()
