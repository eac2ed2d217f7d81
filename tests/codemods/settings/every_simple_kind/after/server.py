import argparse

from flask import Flask

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    return {"name": app.config["NAME"], "count": app.config["COUNT"], "rate": app.config["RATE"], "quiet": app.config["QUIET"]}


@app.route("/colour")
def colour():
    return "grey" if not app.config["COLOUR"] else app.config["TITLE"] or "untitled"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("name_unused", nargs="?")
    parser.add_argument("-n", "--name", type=str, default=app.config["NAME"], help="who is %(default)s")
    parser.add_argument("--count", type=int, default=app.config["COUNT"])
    parser.add_argument(
        "--rate",
        type=float,
        default=app.config["RATE"],
        help="""A rate that needs
            two lines of help, since it says a great deal about what a rate is and does""",
    )
    parser.add_argument("--quiet", action="store_true", default=app.config["QUIET"])
    parser.add_argument("--no-colour", dest="colour", action="store_false", default=app.config["COLOUR"])
    parser.add_argument("--title", default=app.config["TITLE"])
    parser.add_argument("--port", type=int, default=8000)
    args = parser.parse_args()
    app.config.update(
        NAME=args.name,
        COUNT=args.count,
        RATE=args.rate,
        QUIET=args.quiet,
        COLOUR=args.colour,
        TITLE=args.title,
    )
    app.run(port=args.port)
