import argparse

from flask import Flask

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=5000)
parser.add_argument("--name", default="nobody")
args = parser.parse_args()

app = Flask(__name__)


@app.route("/")
def index():
    return f"Nothing guards {args.name}."


app.run(port=args.port)
