import functools

from flask import Flask


class Shop(Flask):
    def __init__(self):
        super().__init__(__name__)
        self.books = []


app = Shop()


@app.route("/")
def index():
    return ", ".join(app.books)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    app.books.append("a book")


if __name__ == "__main__":
    init_app()
    app.run()
