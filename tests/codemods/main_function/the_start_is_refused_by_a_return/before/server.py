from flask import Flask

app = Flask(__name__)
shelf = []


@app.route("/")
def index():
    return ", ".join(shelf)


def load():
    shelf.append("a book")
    return bool(shelf)


def main():
    if not load():
        return 1
    app.run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
