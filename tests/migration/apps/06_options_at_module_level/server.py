import argparse
import sys

from flask import Flask, jsonify

MODELS = {"small": 1, "large": 8}


def yes_or_no(text):
    if text.lower() in ("yes", "on", "1"):
        return True
    if text.lower() in ("no", "off", "0"):
        return False
    raise argparse.ArgumentTypeError(f"{text!r} is neither yes nor no")


parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=5000)
parser.add_argument("--model", default="small")
parser.add_argument("--cache", type=yes_or_no, default=True)
parser.add_argument("--list-models", action="store_true")
args = parser.parse_args()

if args.list_models:
    print(*MODELS)
    sys.exit()
if args.model not in MODELS:
    args.model = "small"
args.size = MODELS[args.model]

app = Flask(__name__)


@app.route("/")
def index():
    return jsonify(model=args.model, size=args.size, cache=args.cache)


if __name__ == "__main__":
    app.run(port=args.port)
