import argparse

from flask import Flask, jsonify

app = Flask(__name__)


@app.route("/")
def index():
    return jsonify(
        dry=args.dry_run, cache=args.cache, ratio=args.ratio, folder=args.folder, key=args.api_key
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Shows what it was told.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="change nothing; this text is long enough to need more than one line when it is a comment",
    )
    parser.add_argument(
        "--no-cache",
        dest="cache",
        action="store_false",
    )
    parser.add_argument(
        "--ratio",
        type=float,
        default=0.5,  # a half
        help="between 0 and 1 (default: %(default)s, 100%% of %(dest)s)",
    )
    parser.add_argument("--folder", "-f", metavar="DIR",
                        help="where the files are")
    parser.add_argument("--api-key")
    group = parser.add_argument_group("server")
    group.add_argument("--port", type=int, default=5000)
    args = parser.parse_args()
    app.run(port=args.port)
