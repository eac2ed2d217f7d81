import argparse
import functools

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")
shelf = []


@app.route("/")
def index():
    return ", ".join(shelf)


@functools.cache
def init_app():
    """Do what the app needs before it serves, once in each process."""
    global title

    title = app.config["TITLE"]
    # They are read once.
    shelf.extend(f"{title} {n}" for n in range(app.config["BOOKS"]))


def main() -> None:
    """Serve the books."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5300)
    parser.add_argument(
        "--books", type=int, default=app.config["BOOKS"], help="how many"
    )
    parser.add_argument("--title", default=app.config["TITLE"])
    args = parser.parse_args()
    app.config.update(BOOKS=args.books, TITLE=args.title)
    init_app()
    port = args.port

    app.run(port=port)


if __name__ == "__main__":
    # From here on nothing is parsed.
    main()
