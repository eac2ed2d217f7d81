import argparse

from flask import Flask, jsonify

app = Flask(__name__)
app.config.from_pyfile("config.py")


@app.route("/")
def index():
    return jsonify(
        dry=app.config["DRY_RUN"], cache=app.config["CACHE"], ratio=app.config["RATIO"], folder=app.config["FOLDER"], key=app.config["API_KEY"]
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Shows what it was told.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        default=app.config["DRY_RUN"],
        help="change nothing; this text is long enough to need more than one line when it is a comment",
    )
    parser.add_argument(
        "--no-cache",
        dest="cache",
        action="store_false",
        default=app.config["CACHE"],
    )
    parser.add_argument(
        "--ratio",
        type=float,
        default=app.config["RATIO"],  # a half
        help="between 0 and 1 (default: %(default)s, 100%% of %(dest)s)",
    )
    parser.add_argument("--folder", "-f", metavar="DIR",
                        default=app.config["FOLDER"],
                        help="where the files are")
    parser.add_argument("--api-key", default=app.config["API_KEY"])
    group = parser.add_argument_group("server")
    group.add_argument("--port", type=int, default=5000)
    args = parser.parse_args()
    app.config.update(
        DRY_RUN=args.dry_run,
        CACHE=args.cache,
        RATIO=args.ratio,
        FOLDER=args.folder,
        API_KEY=args.api_key,
    )
    app.run(port=args.port)
