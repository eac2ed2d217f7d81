from flask import Flask


class Shop(Flask):
    def __init__(self):
        super().__init__(__name__)
        self.books = []


app = Shop()


@app.route("/")
def index():
    return ", ".join(app.books)


if __name__ == "__main__":
    app.books.append("a book")
    app.run()
