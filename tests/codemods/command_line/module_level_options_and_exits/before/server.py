# Shows models.
import argparse
import sys

from flask import Flask

app = Flask(__name__)

# The options.
parser = argparse.ArgumentParser(description="Models")
parser.add_argument("--list", action="store_true")
parser.add_argument("--model", choices=["a", "b"], default="a")
parser.add_argument("--port", type=int, default=5000)
args = parser.parse_args()
if args.list:
    print("a, b")
    sys.exit()
args.model = args.model.upper()


@app.route("/")
def index():
    return args.model


if __name__ == "__main__":
    app.run(port=args.port)
