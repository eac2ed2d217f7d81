from flask import Flask

app = Flask(__name__)
books = ["a book"]


@app.route("/")
def index():
    return books[0]


if __name__ == "__main__":
    app.run()


def later():
    return "plain definitions stay"
