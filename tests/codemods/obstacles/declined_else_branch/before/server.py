from flask import Flask

app = Flask(__name__)
books = []


@app.route("/")
def index():
    return ", ".join(books)


if __name__ == "__main__":
    books.append("a book")
    app.run()
else:
    books.append("a book")
