import argparse

from flask import Flask

app = Flask(__name__)
shelf = []


@app.route("/")
def index():
    return ", ".join(shelf)


def main(args, title, port: int = 5300) -> None:
    """Serve the books."""
    # They are read once.
    shelf.extend(f"{title} {n}" for n in range(args.books))

    app.run(port=port)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5300)
    parser.add_argument(
        "--books", type=int, default=2, help="how many"
    )
    parser.add_argument("--title", default="book")
    args = parser.parse_args()

    # From here on nothing is parsed.
    main(args, args.title, port=args.port)
