"""A shelf of books."""

import argparse

from flask import Flask

app = Flask(__name__)
shelf = []


@app.route("/")
def index():
    return f"{args.order}: {shelf}"


def load(path, limit):
    shelf.extend([path] * limit)


if __name__ == "__main__":
    import logging

    logging.basicConfig(level=logging.INFO)

    # What can be shown.
    parser = argparse.ArgumentParser(
        description="Shows a shelf.",
    )
    parser.add_argument("path", help="where the books are")
    order = parser.add_mutually_exclusive_group(required=True)
    order.add_argument("--title", dest="order", action="store_const", const="title")
    order.add_argument("--year", dest="order", action="store_const", const="year")
    limits = parser.add_argument_group("limits")
    limits.add_argument("--limit", type=int, choices=range(1, 4), default=2)
    commands = parser.add_subparsers(dest="command")
    show = commands.add_parser("show")
    show.add_argument("--tag", action="append")
    for colour in ("red", "blue"):
        parser.add_argument("--" + colour, action="store_true")
    parser.add_argument("--port", type=int, default=5000)
    parser.set_defaults(shelf="main")
    args = parser.parse_args()  # as ever

    print("loading", args.path)
    load(args.path, args.limit)
    app.run(port=args.port)
