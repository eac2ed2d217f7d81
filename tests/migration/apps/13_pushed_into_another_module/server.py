import argparse

from flask import Flask, jsonify

import config_values
import shelf

app = Flask(__name__)


@app.route("/")
def index():
    return jsonify(shelf.names())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--files-dir", default="here", help="the folder that is shown")
    parser.add_argument("--limit", type=int, default=2)
    args = parser.parse_args()
    config_values.files_dir = args.files_dir
    config_values.limit = args.limit
    app.run(port=args.port)
