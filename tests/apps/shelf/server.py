"""A shelf of books: every kind of option that is more than a simple setting."""

import argparse
import os

from flask import Flask

app = Flask(__name__)
books = []


@app.route("/")
def index():
    return f"{args.order} {args.limit} {args.tag} {args.loud} {args.command} {books}\n"


@app.route("/all")
def everything():
    given = {name: value for name, value in vars(args).items() if name != "port"}
    return f"{sorted(given.items())}\n"


def truth(text):
    """A flag as this shelf spells it."""
    if text not in ("aye", "nay"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither aye nor nay")
    return text == "aye"


def close():
    """Put the books away."""
    print(f"The shelf is closed: {len(books)}.")
    books.clear()


if __name__ == "__main__":
    books.append(os.environ.get("FIRST", "none"))

    parser = argparse.ArgumentParser(description="Shows a shelf.")
    parser.add_argument("titles", nargs="+", help="what stands on it")
    order = parser.add_mutually_exclusive_group(required=True)
    order.add_argument("--by-title", dest="order", action="store_const", const="title")
    order.add_argument("--by-year", dest="order", action="store_const", const="year")
    parser.add_argument("--limit", type=int, choices=range(1, 6), default="2")
    parser.add_argument("--tag", action="append", default=[])
    parser.add_argument("--loud", type=truth, default=False)
    parser.add_argument("--port", type=int, default=5000)
    commands = parser.add_subparsers(dest="command")
    lend = commands.add_parser("lend")
    lend.add_argument("--to", required=True)
    args = parser.parse_args()

    # As people type them.
    args.titles = [title.strip() for title in args.titles]
    if args.limit > len(args.titles) + 3:
        parser.error("the limit is far too high")
    books.extend(args.titles)
    app.run(port=args.port)
    close()
