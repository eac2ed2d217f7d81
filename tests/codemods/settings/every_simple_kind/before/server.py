import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return {"name": args.name, "count": args.count, "rate": args.rate, "quiet": args.quiet}


@app.route("/colour")
def colour():
    return "grey" if not args.colour else args.title or "untitled"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("name_unused", nargs="?")
    parser.add_argument("-n", "--name", type=str, default='it\'s "me"', help="who is %(default)s")
    parser.add_argument("--count", type=int, default=-3)
    parser.add_argument(
        "--rate",
        type=float,
        default=0.5,
        help="""A rate that needs
            two lines of help, since it says a great deal about what a rate is and does""",
    )
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--no-colour", dest="colour", action="store_false")
    parser.add_argument("--title")
    parser.add_argument("--port", type=int, default=8000)
    args = parser.parse_args()
    app.run(port=args.port)
