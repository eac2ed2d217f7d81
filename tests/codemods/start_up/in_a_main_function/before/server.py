import argparse
import sys

from flask import Flask

app = Flask(__name__)
shelf = None


@app.route("/")
def index():
    return ", ".join(shelf)


def load(number):
    global shelf
    shelf = [f"book {n}" for n in range(number)]


def main():
    """Serve the books."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5300)
    parser.add_argument("--books", type=int, default=2, help="how many")
    args = parser.parse_args()

    # They are read once.
    load(args.books)
    count = len(shelf)
    print(f"{count} books")

    app.run(port=args.port)
    shelf.clear()
    return 0


if __name__ == "__main__":
    sys.exit(main())
