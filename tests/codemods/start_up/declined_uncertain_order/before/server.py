import argparse
import os

from dotenv import load_dotenv
from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return args.name


if __name__ == "__main__":
    load_dotenv()
    where = os.environ["WHERE"]
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", default="Ada")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT", 5000))
    args = parser.parse_args()
    app.run(where, args.port)
