from flask import Flask

app = Flask(__name__)
books = []


@app.route("/")
def index():
    return name()


# The books come first.
if __name__ == "__main__":
    books.append("a book")


def name():
    return ", ".join(books)


if __name__ == '__main__':
    app.run()
