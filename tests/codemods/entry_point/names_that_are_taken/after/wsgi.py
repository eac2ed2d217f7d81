import functools

from flask import Flask

app = Flask(__name__)
books = []


@app.route("/")
def index():
    return ", ".join(books)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    books.append("a book")


if __name__ == "__main__":
    init_app()
    app.run()
